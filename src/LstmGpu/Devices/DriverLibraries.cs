using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace LstmGpu.Devices;

/// <summary>
/// The drivers' libraries that this process found, by the name that their imports give. An assembly has one resolver, and an import stays with the
/// library of its first call: so a name keeps the first library bound to it.
/// </summary>
internal static class DriverLibraries
{
    private static readonly ConcurrentDictionary<string, nint> Bound = new();

    static DriverLibraries() => NativeLibrary.SetDllImportResolver(typeof(DriverLibraries).Assembly, Resolve);

    /// <returns>Whether imports of <paramref name="importName"/> go to <paramref name="library"/>.</returns>
    public static bool Bind(string importName, nint library) => Bound.GetOrAdd(importName, library) == library;

    // Zero leaves every other import (libc) to the runtime's own search.
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => Bound.GetValueOrDefault(name);
}
