using LstmGpu.Kernels;

namespace ILGPU;

/// <summary>
/// Indivisible changes of an integer; each returns the value before it. Float addition is absent on purpose: its result depends on the
/// order in which threads arrive, and a run must be bit-equal to the run before it. Sum in two stages with a fixed order instead.
/// </summary>
internal static unsafe class Atomic
{
    public static int Add(ref int target, int value) => Change(ref target, unchecked(target + value));

    public static uint Add(ref uint target, uint value) => Change(ref target, unchecked(target + value));

    public static long Add(ref long target, long value) => Change(ref target, unchecked(target + value));

    public static ulong Add(ref ulong target, ulong value) => Change(ref target, unchecked(target + value));

    public static int Max(ref int target, int value) => Change(ref target, Math.Max(target, value));

    public static uint Max(ref uint target, uint value) => Change(ref target, Math.Max(target, value));

    public static long Max(ref long target, long value) => Change(ref target, Math.Max(target, value));

    public static ulong Max(ref ulong target, ulong value) => Change(ref target, Math.Max(target, value));

    public static int Min(ref int target, int value) => Change(ref target, Math.Min(target, value));

    public static uint Min(ref uint target, uint value) => Change(ref target, Math.Min(target, value));

    public static long Min(ref long target, long value) => Change(ref target, Math.Min(target, value));

    public static ulong Min(ref ulong target, ulong value) => Change(ref target, Math.Min(target, value));

    public static int Exchange(ref int target, int value) => Change(ref target, value);

    public static uint Exchange(ref uint target, uint value) => Change(ref target, value);

    public static long Exchange(ref long target, long value) => Change(ref target, value);

    public static ulong Exchange(ref ulong target, ulong value) => Change(ref target, value);

    public static int CompareExchange(ref int target, int compare, int value) => Change(ref target, target == compare ? value : target);

    public static uint CompareExchange(ref uint target, uint compare, uint value) => Change(ref target, target == compare ? value : target);

    public static long CompareExchange(ref long target, long compare, long value) => Change(ref target, target == compare ? value : target);

    public static ulong CompareExchange(ref ulong target, ulong compare, ulong value) => Change(ref target, target == compare ? value : target);

    // The emulator runs one thread of a launch at a time, so a plain change is indivisible.
    private static T Change<T>(ref T target, T changed) where T : unmanaged
    {
        T old = target;
        target = changed;
        fixed (T* address = &target)
        {
            KernelThread.Current.Atomic(address, sizeof(T));
        }
        return old;
    }
}
