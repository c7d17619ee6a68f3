using System.Text;

namespace LstmGpu.Devices.OpenCl;

/// <summary>A program built for one device: from the binary cache where that has it, from source otherwise.</summary>
internal sealed unsafe class OpenClProgram : IDisposable
{
    private const uint BinarySizes = 0x1165, Binaries = 0x1166;
    private readonly OpenClContext context;
    private readonly ProgramHandle handle;

    private OpenClProgram(OpenClContext context, string name, ProgramHandle handle)
    {
        this.context = context;
        this.handle = handle;
        Name = name;
    }

    public string Name { get; }

    /// <param name="name">For messages.</param>
    /// <param name="options">The compiler's options, as <c>-cl-std=CL1.2 -D TILE=16</c>.</param>
    /// <exception cref="DeviceException">The driver's compiler refuses the source; the message has the start of its log.</exception>
    public static OpenClProgram Build(OpenClContext context, string name, string source, string options)
    {
        OpenClBinaryCache cache = context.Cache;
        string key = OpenClBinaryCache.Key(context.Device, source, options);
        if (cache.Read(key) is { } binary)
        {
            if (TryLoad(context, binary, options) is { } loaded)
            {
                cache.CountHit();
                return new OpenClProgram(context, name, loaded);
            }
            cache.CountRefusal();
        }
        cache.CountMiss();
        var program = new OpenClProgram(context, name, Compile(context, name, source, options));
        if (program.Binary() is { Length: > 0 } built)
        {
            cache.Write(key, built);
        }
        return program;
    }

    /// <exception cref="DeviceException">The program has no such kernel.</exception>
    public OpenClKernel Kernel(string name)
    {
        nint value = OpenClNative.CreateKernel(handle, name, out int code);
        OpenClStatus.Check(code, "make kernel", name);
        return new OpenClKernel(context, name, new KernelHandle(value, context.Ledger));
    }

    public void Dispose() => handle.Dispose();

    private static ProgramHandle Compile(OpenClContext context, string name, string source, string options)
    {
        byte[] text = Encoding.UTF8.GetBytes(source);
        nuint length = (nuint)text.Length;
        nint value;
        int code;
        fixed (byte* p = text)
        {
            byte* start = p;
            value = OpenClNative.CreateProgramWithSource(context.Handle, 1, &start, &length, out code);
        }
        OpenClStatus.Check(code, "read the source of", name);
        var program = new ProgramHandle(value, context.Ledger);
        nint device = context.Device.Id;
        code = OpenClNative.BuildProgram(program, 1, &device, options, 0, 0);
        if (code == OpenClStatus.Success)
        {
            return program;
        }
        string log = OpenClBuildLog.Read(program, device);
        program.Dispose();
        throw new DeviceException(
            $"kernel program '{name}' does not build on '{context.Device.Name}' (driver {context.Device.DriverVersion}): {OpenClStatus.Describe(code)}; " +
            $"the driver says: {log}; update the driver, or use --device cpu");
    }

    private static ProgramHandle? TryLoad(OpenClContext context, byte[] binary, string options)
    {
        nint device = context.Device.Id;
        nuint length = (nuint)binary.Length;
        int status, code;
        nint value;
        fixed (byte* p = binary)
        {
            byte* start = p;
            value = OpenClNative.CreateProgramWithBinary(context.Handle, 1, &device, &length, &start, &status, out code);
        }
        if (value == 0)
        {
            return null;
        }
        var program = new ProgramHandle(value, context.Ledger);
        if (code == OpenClStatus.Success && status == OpenClStatus.Success
            && OpenClNative.BuildProgram(program, 1, &device, options, 0, 0) == OpenClStatus.Success)
        {
            return program;
        }
        program.Dispose();
        return null;
    }

    // Empty where the driver does not give its binaries away: such a program is compiled at every start.
    private byte[] Binary()
    {
        nuint size = 0;
        if (OpenClNative.GetProgramInfo(handle, BinarySizes, (nuint)sizeof(nuint), &size, null) != OpenClStatus.Success || size == 0)
        {
            return [];
        }
        var binary = new byte[size];
        fixed (byte* p = binary)
        {
            byte* start = p;
            return OpenClNative.GetProgramInfo(handle, Binaries, (nuint)sizeof(byte*), &start, null) == OpenClStatus.Success ? binary : [];
        }
    }
}
