namespace ILGPU.Runtime.Cuda;

/// <summary>
/// Inline PTX: <c>%0</c>, <c>%1</c> … are the arguments in order, an <c>out</c> first. A kernel asks <see cref="IsSupported"/> and has
/// another branch for the other devices; while a kernel is compiled the question is a constant.
/// </summary>
internal static class CudaAsm
{
    public static bool IsSupported => false;

    public static void Emit(string asm) => throw NoPtx(asm);

    public static void Emit<T0>(string asm, T0 in0) where T0 : unmanaged => throw NoPtx(asm);

    public static void Emit<T0, T1>(string asm, T0 in0, T1 in1) where T0 : unmanaged where T1 : unmanaged => throw NoPtx(asm);

    public static void Emit<T0>(string asm, out T0 result) where T0 : unmanaged => throw NoPtx(asm);

    public static void Emit<T0, T1>(string asm, out T0 result, T1 in0) where T0 : unmanaged where T1 : unmanaged => throw NoPtx(asm);

    public static void Emit<T0, T1, T2>(string asm, out T0 result, T1 in0, T2 in1) where T0 : unmanaged where T1 : unmanaged where T2 : unmanaged =>
        throw NoPtx(asm);

    public static void Emit<T0, T1, T2, T3>(string asm, out T0 result, T1 in0, T2 in1, T3 in2)
        where T0 : unmanaged where T1 : unmanaged where T2 : unmanaged where T3 : unmanaged => throw NoPtx(asm);

    private static NotSupportedException NoPtx(string asm) =>
        new($"inline PTX '{asm}' was reached outside CUDA; put it behind CudaAsm.IsSupported and give the other devices a branch of their own");
}
