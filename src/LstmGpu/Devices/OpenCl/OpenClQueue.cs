using ILGPU;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.OpenCl;

/// <summary>Kernels through an OpenCL driver. A text becomes a program at its first launch; later launches allocate nothing.</summary>
internal sealed class OpenClQueue : IDeviceQueue
{
    private const string Language = "-cl-std=CL1.2";
    private const string ExactDivision = " -cl-fp32-correctly-rounded-divide-sqrt";

    // By reference: a text is made once, and its hash would be that of its whole source.
    private readonly Dictionary<KernelText, (OpenClProgram Program, OpenClKernel Kernel)> built = new(ReferenceEqualityComparer.Instance);
    private readonly OpenClContext context;
    private readonly string options;

    /// <summary>Takes the context over.</summary>
    public OpenClQueue(OpenClContext context, DeviceDescription device)
    {
        this.context = context;
        Device = device;
        options = context.Device.RoundsDivision ? Language + ExactDivision : Language;
    }

    public DeviceDescription Device { get; }

    public DeviceBuffer Allocate(string name, long bytes) => context.Allocate(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged => context.Upload(source, destination);

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged => context.Download(source, destination);

    public void Fill(DeviceSlice<float> x, float value) => context.Fill(x, value);

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination) => context.Copy(source, destination);

    /// <exception cref="DeviceException">The driver's compiler refuses the text, or the driver the launch.</exception>
    public void Launch<TCall>(in TCall call, Index3D grid, int dynamicSharedBytes = 0) where TCall : struct, IKernelCall
    {
        if (grid.X == 0 || grid.Y == 0 || grid.Z == 0)
        {
            return;
        }
        KernelText text = call.Kernel;
        OpenClKernel kernel = Kernel(text);
        var arguments = new Arguments(kernel);
        call.Pass(ref arguments);
        if (text.UsesDynamicSharedMemory)
        {
            // A driver refuses a local argument of no bytes.
            kernel.SetLocal(Math.Max(1, dynamicSharedBytes)).Set(dynamicSharedBytes);
        }
        (int x, int y, int z) = text.GroupSize;
        kernel.Launch(new WorkSize((long)grid.X * x, (long)grid.Y * y, (long)grid.Z * z), new WorkSize(x, y, z));
    }

    public void Finish() => context.Finish();

    public void Dispose()
    {
        foreach ((OpenClProgram program, OpenClKernel kernel) in built.Values)
        {
            kernel.Dispose();
            program.Dispose();
        }
        built.Clear();
        context.Dispose();
    }

    private OpenClKernel Kernel(KernelText text)
    {
        if (built.TryGetValue(text, out (OpenClProgram Program, OpenClKernel Kernel) found))
        {
            return found.Kernel;
        }
        OpenClProgram program = OpenClProgram.Build(context, text.Name, text.OpenCl, options);
        try
        {
            OpenClKernel kernel = program.Kernel(text.Name);
            built.Add(text, (program, kernel));
            return kernel;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    private readonly struct Arguments(OpenClKernel kernel) : IKernelArguments
    {
        public void View<T>(KernelMemory<T> view) where T : unmanaged =>
            kernel.Set(new DeviceSlice<T>((DeviceBuffer)view.Owner!, view.Offset, view.Length));

        public void Value<T>(T value) where T : unmanaged => kernel.Set(value);
    }
}
