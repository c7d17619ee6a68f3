using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Allocate_GivesZeroes(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            using DeviceBuffer buffer = backend.Allocate("zeroes", length * (long)sizeof(float));
            float[] contents = new UniformInputs(1).Floats(length);
            backend.Download(new DeviceSlice<float>(buffer, 0, length), contents.AsSpan());
            Near.SameBits($"length {length}", new float[length], contents);
            Assert.Equal(length * (long)sizeof(float), buffer.Bytes);
            Assert.Equal("zeroes", buffer.Name);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Fill_WritesItsSliceAndNothingElse(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            using GuardedMemory memory = new(backend, nameof(IBackend.Fill));
            DeviceSlice<float> x = memory.Out("x", length);
            backend.Fill(x, 0.1f);
            memory.CheckUntouched();
            Near.SameBits($"length {length}", [.. Enumerable.Repeat(0.1f, length)], memory.Read(x));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Copy_WritesItsSliceAndNothingElse(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            using GuardedMemory memory = new(backend, nameof(IBackend.Copy));
            float[] values = new UniformInputs(2).Floats(length);
            DeviceSlice<float> y = memory.Out("y", length);
            backend.Copy(memory.In("x", values), y);
            memory.CheckUntouched();
            Near.SameBits($"length {length}", values, memory.Read(y));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Operations_RunInTheOrderOfTheirCalls(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        using GuardedMemory memory = new(backend, "a sequence of calls");
        DeviceSlice<float> x = memory.Out("x", 100_003);
        DeviceSlice<float> y = memory.Out("y", 100_003);
        DeviceSlice<float> result = memory.Out("result", 1);
        backend.Fill(x, 1);
        backend.Copy(x, y);
        backend.Fill(x, 5);
        backend.Sum(y, 1, result);
        backend.Fill(y, 7);
        Assert.Equal(100_003f, memory.Read(result)[0]);
    }
}
