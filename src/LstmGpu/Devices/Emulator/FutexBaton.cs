using System.Runtime.InteropServices;

namespace LstmGpu.Devices.Emulator;

/// <summary>By Linux's futex, futex(2): some 4 µs a turn.</summary>
internal sealed unsafe partial class FutexBaton : Baton
{
    private const int WaitPrivate = 0 | 128, WakePrivate = 1 | 128;

    private static readonly nint Futex = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 202 : 98; // of x64, of arm64

    // Pinned: the kernel knows a word by its address.
    private readonly int[] given = GC.AllocateArray<int>(1, pinned: true);

    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    private int* Word => (int*)Marshal.UnsafeAddrOfPinnedArrayElement(given, 0);

    public override void Give()
    {
        Volatile.Write(ref given[0], 1);
        SystemCall(Futex, Word, WakePrivate, 1);
    }

    // Sleeps only while the word is 0; a signal, or a wake that was meant for an earlier turn, ends a sleep too.
    public override void Await()
    {
        while (Interlocked.Exchange(ref given[0], 0) == 0)
        {
            SystemCall(Futex, Word, WaitPrivate, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, int* word, int operation, int value, nint timeout = 0, nint second = 0, int third = 0);
}
