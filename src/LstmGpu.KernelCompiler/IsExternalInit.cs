namespace System.Runtime.CompilerServices;

/// <summary>What the compiler asks for when a record is built for netstandard2.0.</summary>
internal static class IsExternalInit;
