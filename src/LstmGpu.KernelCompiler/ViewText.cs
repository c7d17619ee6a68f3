using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>An ArrayView as C text: a pointer to its first element and its length in elements.</summary>
internal sealed record ViewText(string Pointer, string Length, AddressSpace Space, ITypeSymbol Element);
