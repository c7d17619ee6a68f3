using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using LstmGpu.Devices.Emulator;
using LstmGpu.Kernels;

namespace LstmGpu.Tests.Devices.Cuda;

/// <summary>
/// Runs what the fake driver was told to launch, in the emulator: the kernel by its name, the arguments from the bytes that the driver read in the
/// order and sizes of the PTX. So an argument out of place gives wrong numbers.
/// </summary>
internal static unsafe class EmulatedLaunch
{
    private static readonly KernelEmulator Emulator = new();
    private static readonly Dictionary<string, KernelText> Texts = KernelTexts.All.ToDictionary(t => t.Name);

    /// <summary>What went wrong in a launch: an exception must not pass through the driver.</summary>
    public static Exception? Failure { get; set; }

    public static void InstallIn(FakeCuda fake)
    {
        Failure = null;
        fake.OnLaunch(&Run);
    }

    [UnmanagedCallersOnly]
    private static void Run(byte* name, uint* dims, byte* arguments)
    {
        try
        {
            KernelText text = Texts[Marshal.PtrToStringUTF8((nint)name)!];
            IKernelCall call = Call(text, arguments);
            var shape = new LaunchShape(Size(dims), Size(dims + 3), (int)dims[6], Cooperative: dims[7] != 0, Cluster: (int)dims[8]);
            Emulator.Launch(text.Name, shape, () => call.Run(default(Views)));
        }
        catch (Exception e)
        {
            Failure ??= e;
        }
    }

    private static Index3D Size(uint* dims) => new((int)dims[0], (int)dims[1], (int)dims[2]);

    /// <summary>The generated call, from 8 bytes per argument. A parameter that the text does not list is a specialised one: its value ends the name.</summary>
    private static IKernelCall Call(KernelText text, byte* arguments)
    {
        string[] name = text.Name.Split('_');
        Type type = typeof(KernelText).Assembly.GetType($"LstmGpu.Kernels.{name[0][..^"Kernels".Length]}Launcher+{name[1]}Call", throwOnError: true)!;
        var constructor = type.GetConstructors().Single(c => c.GetParameters().Length > 0);
        int specialised = 2;
        List<object?> values = [];
        foreach (var parameter in constructor.GetParameters())
        {
            Type wanted = parameter.ParameterType;
            if (wanted == typeof(KernelText))
            {
                values.Add(text);
            }
            else if (text.Parameters.All(p => p.Name != parameter.Name))
            {
                values.Add(Convert.ChangeType(name[specialised++], wanted, System.Globalization.CultureInfo.InvariantCulture));
            }
            else if (wanted.IsGenericType)
            {
                values.Add(Activator.CreateInstance(wanted, *(nint*)arguments, *(long*)(arguments + 8), *(long*)(arguments + 16)));
                arguments += 24;
            }
            else
            {
                values.Add(Scalar(wanted, arguments));
                arguments += 8;
            }
        }
        return (IKernelCall)constructor.Invoke([.. values]);
    }

    private static object Scalar(Type type, byte* bytes) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => *bytes != 0,
        TypeCode.Int32 => *(int*)bytes,
        TypeCode.UInt32 => *(uint*)bytes,
        TypeCode.Int64 => *(long*)bytes,
        TypeCode.UInt64 => *(ulong*)bytes,
        TypeCode.Single => *(float*)bytes,
        _ => throw new NotSupportedException($"{type}: no kernel had such a parameter yet"),
    };

    private readonly struct Views : IKernelViews
    {
        public ArrayView<T> View<T>(KernelMemory<T> memory) where T : unmanaged => new((T*)(nint)memory.Owner! + memory.Offset, memory.Length);
    }
}
