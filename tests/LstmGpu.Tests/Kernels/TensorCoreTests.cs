using ILGPU;
using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Kernels;

/// <summary>The emulator's tensor cores hold their matrices where the PTX ISA says, and its asynchronous copies arrive no sooner than they must.</summary>
public sealed class TensorCoreTests
{
    // PTX ISA 8.0, 9.7.13.4.6 (m16n8k8, .tf32) and 9.7.13.4.8 (m16n8k16, .f16 and .bf16): row and column of element i of a lane.
    private static (int Row, int Column) ElementOfA(bool isTf32, int lane, int i)
    {
        int groupId = lane >> 2, threadIdInGroup = lane % 4;
        return isTf32
            ? (i is 0 or 2 ? groupId : groupId + 8, i is 0 or 1 ? threadIdInGroup : threadIdInGroup + 4)
            : ((i is >= 0 and < 2) || (i is >= 4 and < 6) ? groupId : groupId + 8, (threadIdInGroup * 2) + (i & 1) + (i >= 4 ? 8 : 0));
    }

    private static (int Row, int Column) ElementOfB(bool isTf32, int lane, int i)
    {
        int groupId = lane >> 2, threadIdInGroup = lane % 4;
        return isTf32 ? (i == 0 ? threadIdInGroup : threadIdInGroup + 4, groupId) : ((threadIdInGroup * 2) + (i & 1) + (i >= 2 ? 8 : 0), groupId);
    }

    private static (int Row, int Column) ElementOfC(int lane, int i) => (i < 2 ? lane >> 2 : (lane >> 2) + 8, (lane % 4 * 2) + (i & 1));

    [Theory]
    [InlineData(Rounding.Tf32)]
    [InlineData(Rounding.Bf16)]
    [InlineData(Rounding.Fp16)]
    public void MultiplyAdd_WithFragmentsOfTheIsa_IsTheProduct(int form)
    {
        bool isTf32 = form == Rounding.Tf32;
        int depth = isTf32 ? 8 : 16;
        UniformInputs uniform = new(17);
        float[] a = uniform.Floats(16 * depth), b = uniform.Floats(depth * 8), c = uniform.Floats(16 * 8);
        float[] found = new float[16 * 8];
        using KernelEmulator emulator = new();

        emulator.Launch("mma", new LaunchShape(1, 32), () =>
        {
            int lane = Warp.LaneIdx;
            uint OfA(int register) => Register(i => Element(a, depth, ElementOfA(isTf32, lane, i)), register);
            uint OfB(int register) => Register(i => Element(b, 8, ElementOfB(isTf32, lane, i)), register);
            uint Register(Func<int, float> element, int register) =>
                isTf32 ? TensorCore.Single(element(register)) : TensorCore.Pair(new(form), element(2 * register), element((2 * register) + 1));
            float[] d = [.. Enumerable.Range(0, 4).Select(i => Element(c, 8, ElementOfC(lane, i)))];
            TensorCore.MultiplyAdd(new(form), ref d[0], ref d[1], ref d[2], ref d[3], OfA(0), OfA(1), OfA(2), OfA(3), OfB(0), OfB(1));
            for (int i = 0; i < 4; i++)
            {
                (int row, int column) = ElementOfC(lane, i);
                found[(row * 8) + column] = d[i];
            }
        });

        var precision = (ProductPrecision)form;
        double[] expected = ReferenceDense.Gemm(
            GemmLayout.NN, 16, 8, depth, ReferenceRounding.Operands(precision, a.ToDoubles()), ReferenceRounding.Operands(precision, b.ToDoubles()), c.ToDoubles());
        Near.Equal($"mma of form {form}", expected, found, Tolerances.Gemm(GemmLayout.NN, 16, 8, depth, a, b, c));
    }

    [Fact]
    public void MultiplyAdd_OfHalfAWarp_IsAnError()
    {
        using KernelEmulator emulator = new();

        DeviceException error = Assert.Throws<DeviceException>(() => emulator.Launch("mma", new LaunchShape(1, 16), () =>
        {
            float d = 0;
            TensorCore.MultiplyAdd(new(Rounding.Tf32), ref d, ref d, ref d, ref d, 0, 0, 0, 0, 0, 0);
        }));

        Assert.Contains("an operation of the whole warp is reached by a warp of 16 threads", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tf32_TakesNoNoticeOfBitsThatItHasNoRoomFor()
    {
        float[] found = new float[1];
        using KernelEmulator emulator = new();

        emulator.Launch("mma", new LaunchShape(1, 32), () =>
        {
            float d0 = 0, d1 = 0, d2 = 0, d3 = 0;
            uint one = Warp.LaneIdx % 4 == 0 ? Interop.FloatAsInt(1f) : 0;
            uint cutOff = Warp.LaneIdx % 4 == 0 ? Interop.FloatAsInt(MathF.BitDecrement(2f)) : 0;
            TensorCore.MultiplyAdd(new(Rounding.Tf32), ref d0, ref d1, ref d2, ref d3, cutOff, 0, 0, 0, one, 0);
            if (Warp.LaneIdx == 0)
            {
                found[0] = d0;
            }
        });

        Assert.Equal(2f - MathF.ScaleB(1, -10), found[0]);
    }

    [Fact]
    public unsafe void AsyncCopy_ArrivesAtTheWait_AndIsNaNBefore()
    {
        float[] source = [1, 2, 3, 4, 5, 6, 7, 8], seen = new float[6];
        using KernelEmulator emulator = new();
        fixed (float* start = source)
        {
            nint address = (nint)start;
            emulator.Launch("copy", new LaunchShape(1, 1), () =>
            {
                ArrayView<float> global = new((float*)address, 8);
                ArrayView<float> shared = SharedMemory.Allocate<float>(8);
                AsyncCopy.One(shared, 0, global, 5, isInside: true);
                AsyncCopy.Commit();
                AsyncCopy.One(shared, 1, global, 6, isInside: false);
                AsyncCopy.Commit();
                seen[0] = shared[0];
                AsyncCopy.Wait(new(1));
                (seen[1], seen[2]) = (shared[0], shared[1]);
                AsyncCopy.Wait(new(0));
                seen[3] = shared[1];
                AsyncCopy.One(shared, 0, global, 2, isInside: true); // before it is committed no wait knows it
                AsyncCopy.Wait(new(0));
                seen[4] = shared[0];
                AsyncCopy.Commit();
                AsyncCopy.Wait(new(0));
                seen[5] = shared[0];
            });
        }

        Assert.Equal([float.NaN, 6, float.NaN, 0, float.NaN, 3], seen);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 2)]
    public unsafe void AsyncCopy_OfFourThatDoNotBeginAt16Bytes_IsAnError(int to, int from)
    {
        using EmulatorBuffer buffer = new("source", 64);
        using KernelEmulator emulator = new();
        nint address = (nint)buffer.Pointer;

        DeviceException error = Assert.Throws<DeviceException>(() => emulator.Launch("copy", new LaunchShape(1, 1), () =>
            AsyncCopy.Four(SharedMemory.Allocate<float>(8), to, new((float*)address, 16), from, isInside: true)));

        Assert.Contains("does not start at a multiple of 16 bytes", error.Message, StringComparison.Ordinal);
    }

    private static float Element(float[] matrix, int width, (int Row, int Column) place) => matrix[(place.Row * width) + place.Column];
}
