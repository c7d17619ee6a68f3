using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Kernels;

/// <summary>The committed PTX belongs to the kernels of this build. All of it holds without a compiler.</summary>
public sealed partial class PtxTests
{
    private const string Remedy = "run kernels/build-ptx.sh and commit kernels/ptx";

    private static readonly string Folder = Path.Combine(Repository.Root, "kernels", "ptx");

    public static TheoryData<string> Kernels() => [.. KernelTexts.All.Select(t => t.Name)];

    [Theory]
    [InlineData(70, "sm_70")]
    [InlineData(75, "sm_70")]
    [InlineData(80, "sm_80")]
    [InlineData(89, "sm_80")]
    [InlineData(90, "sm_90a")]
    [InlineData(100, "sm_80")]
    [InlineData(121, "sm_80")]
    public void Find_TakesTheHighestArchitectureThatTheDeviceRuns(int computeCapability, string architecture)
    {
        byte[] image = PtxImages.Find("GemmKernels_Multiply_0_0", computeCapability)!;

        Assert.Equal(0, image[^1]);
        Assert.Contains($"\n.target {architecture}\n", Encoding.ASCII.GetString(image));
    }

    [Fact]
    public void Find_OfAnOldDeviceOrAnUnknownKernel_IsNull()
    {
        Assert.Null(PtxImages.Find("GemmKernels_Multiply_0_0", 62));
        Assert.Null(PtxImages.Find("GemmKernels_Divide", 80));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EveryImage_IsOfThePresentText(string kernel)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text(kernel).Cuda)));
        foreach (string architecture in ArchitecturesOf(Text(kernel)))
        {
            string file = Path.Combine(Folder, architecture, kernel + ".ptx");
            Assert.True(File.Exists(file), $"{file} is missing; {Remedy}");
            string ptx = File.ReadAllText(file);
            Assert.True(ptx.StartsWith($"// source sha256: {hash}\n", StringComparison.Ordinal), $"{file} is of another text; {Remedy}");
            Assert.Contains($"\n.target {architecture}\n", ptx);
        }
    }

    [Fact]
    public void Folder_HoldsNothingElse_AndTheAssemblyHoldsTheSame()
    {
        string[] expected = [.. KernelTexts.All.SelectMany(t => ArchitecturesOf(t).Select(a => $"{a}/{t.Name}.ptx")).Order(StringComparer.Ordinal)];
        string[] found = [.. Directory.EnumerateFiles(Folder, "*.ptx", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        string[] embedded = [.. typeof(PtxImages).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal)];

        Assert.True(found.SequenceEqual(expected), $"missing: {Join(expected.Except(found))}; without a kernel: {Join(found.Except(expected))}; {Remedy}");
        Assert.Equal(expected.Select(f => "LstmGpu.Kernels.ptx." + f.Replace('/', '.')), embedded);
        Assert.All([(70, "sm_70"), (80, "sm_80"), (90, "sm_90a")], device => Assert.All(KernelTexts.All.Where(t => t.ComputeCapability <= device.Item1), text => Assert.Equal(
            File.ReadAllBytes(Path.Combine(Folder, device.Item2, text.Name + ".ptx")),
            PtxImages.Find(text.Name, device.Item1)![..^1])));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Parameters_AreWhatALaunchPasses(string kernel)
    {
        KernelText text = Text(kernel);
        string[] described = [.. text.Parameters.SelectMany(p => p.Kind == KernelArgument.View ? ["u64", "u64", "u64"] : new[] { PtxType(p.Type) })];
        string[] passed = Passed(text);
        Assert.Equal(described, passed);
        foreach (string ptx in Images(kernel))
        {
            Match entry = Entry().Match(ptx);
            Assert.Equal(kernel, entry.Groups["name"].Value);
            Assert.Equal(passed, Parameter().Matches(entry.Groups["parameters"].Value).Select(m => m.Groups[1].Value));
            Assert.Equal(passed.Length, entry.Groups["parameters"].Value.Split(".param").Length - 1);
            Assert.Equal(text.GroupSize.X * text.GroupSize.Y * text.GroupSize.Z, int.Parse(entry.Groups["threads"].Value, null));
            Assert.Equal(text.UsesDynamicSharedMemory, ptx.Contains("lgk_dynamic", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void NoKernel_KeepsAnythingInLocalMemory(string kernel) =>
        Assert.All(Images(kernel), ptx => Assert.DoesNotMatch(@"\.local\b", ptx)); // per thread, and as slow as global memory

    [Theory]
    [MemberData(nameof(Kernels))]
    public void MultiplyAdds_AreFusedWhereTheTextAllowsIt_AndNowhereElse(string kernel)
    {
        bool fuses = Text(kernel).Cuda.Contains("fp contract(fast)", StringComparison.Ordinal);

        Assert.All(Images(kernel), ptx => Assert.Equal(fuses, ptx.Contains("fma.rn.f32", StringComparison.Ordinal)));
    }

    [Fact]
    public void RecurrentSteps_MultiplyByFragmentsOfFourRegistersEach() =>
        Assert.All(KernelTexts.All.Where(t => t.Name.StartsWith("LstmTensorKernels_", StringComparison.Ordinal) && t.Name.Contains("Step", StringComparison.Ordinal)).SelectMany(t => Images(t.Name)), ptx =>
        {
            MatchCollection weights = Weights().Matches(ptx);
            Assert.NotEmpty(weights);
            Assert.All(weights, m => Assert.Equal(4, m.Groups[1].Value.Split(", ").Distinct().Count()));
        });

    private static IEnumerable<string> ArchitecturesOf(KernelText text) =>
        PtxImages.Architectures.Where(a => int.Parse(a[3..5], System.Globalization.CultureInfo.InvariantCulture) >= text.ComputeCapability);

    private static KernelText Text(string kernel) => KernelTexts.All.Single(t => t.Name == kernel);

    private static IEnumerable<string> Images(string kernel) => ArchitecturesOf(Text(kernel)).Select(a => File.ReadAllText(Path.Combine(Folder, a, kernel + ".ptx")));

    private static string Join(IEnumerable<string> names) => string.Join(", ", names.DefaultIfEmpty("none"));

    /// <summary>What the generated call of GemmLauncher.Multiply hands over for GemmKernels_Multiply_0_0.</summary>
    private static string[] Passed(KernelText text)
    {
        string[] name = text.Name.Split('_');
        string call = $"LstmGpu.Kernels.{name[0][..^"Kernels".Length]}Launcher+{name[1]}Call";
        var arguments = new Arguments([]);
        ((IKernelCall)RuntimeHelpers.GetUninitializedObject(typeof(KernelText).Assembly.GetType(call, throwOnError: true)!)).Pass(ref arguments);
        return [.. arguments.Types];
    }

    private static string PtxType(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean or TypeCode.Byte => "u8",
        TypeCode.Int32 or TypeCode.UInt32 => "u32",
        TypeCode.Int64 or TypeCode.UInt64 => "u64",
        TypeCode.Single => "f32",
        TypeCode.Double => "f64",
        _ => throw new NotSupportedException($"{type}: no kernel had such a parameter yet"),
    };

    [GeneratedRegex(@"\.visible \.entry (?<name>\w+)\((?<parameters>[^)]*)\)\s*\.maxntid (?<threads>\d+), 1, 1")]
    private static partial Regex Entry();

    // The second operand of mma: A.
    [GeneratedRegex(@"mma\.sync\.\S+ \{[^}]*\}, \{([^}]*)\}")]
    private static partial Regex Weights();

    [GeneratedRegex(@"\.param \.(\w+) \w+")]
    private static partial Regex Parameter();

    private readonly struct Arguments(List<string> types) : IKernelArguments
    {
        public List<string> Types => types;

        public void View<T>(KernelMemory<T> view) where T : unmanaged => types.AddRange(["u64", "u64", "u64"]); // pointer, offset, length

        public void Value<T>(T value) where T : unmanaged => types.Add(PtxType(typeof(T)));
    }
}
