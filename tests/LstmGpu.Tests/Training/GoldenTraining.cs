using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using LstmGpu.Devices.Reference;
using LstmGpu.Tasks;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>The first ten steps of training, against PyTorch's numbers in <see cref="GoldenRun"/>.</summary>
public sealed class GoldenTraining
{
    public static TheoryData<string> Runs => [.. GoldenRun.All.Keys];

    [Theory]
    [MemberData(nameof(Runs))]
    public void ReferenceTraining_FollowsPyTorchForTenSteps(string name)
    {
        GoldenRun golden = GoldenRun.All[name];
        string text = GoldenRun.Text(golden.Characters);
        double[][] parameters = [.. GoldenRun.Parameters(text.Distinct().Count()).Select(p => p.Values.ToDoubles())];

        (double[] losses, double[] norms) = ReferenceTraining.Run(text, parameters, golden.Options, GoldenRun.Embedding, GoldenRun.Hidden);

        // Both sides compute in float64; the golden numbers are printed to 10 decimals (5e-11), and Adam's first steps, where g/√g² hides
        // the size of a gradient, amplify 1e-16 in tiny gradients by less than 1e6.
        Near.Equal("loss", golden.Losses, losses, _ => 2e-10);
        Near.Equal("gradient norm", golden.GradientNorms, norms, _ => 2e-10);
    }

    /// <summary>Every run on the devices that are fast; the emulator takes seconds for one.</summary>
    public static TheoryData<string, string> DeviceRuns
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string device in DeviceUnderTest.Names)
            {
                foreach (string name in AwkwardSizes.IsSlow(device) ? GoldenRun.All.Keys.Take(1) : GoldenRun.All.Keys)
                {
                    cases.Add(device, name);
                }
            }
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(DeviceRuns))]
    public void TrainingRun_FollowsPyTorchForTenSteps(string device, string name)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        GoldenRun golden = GoldenRun.All[name];
        string text = GoldenRun.Text(golden.Characters);
        string directory = Directory.CreateTempSubdirectory("golden-training-").FullName;
        try
        {
            string corpus = Path.Combine(directory, "corpus.txt");
            string init = Path.Combine(directory, "init.safetensors");
            string run = Path.Combine(directory, "run");
            File.WriteAllText(corpus, text);
            File.WriteAllBytes(init, Safetensors(GoldenRun.Parameters(text.Distinct().Count())));
            RunOptions options = new()
            {
                Model = new() { Embedding = GoldenRun.Embedding, Hidden = GoldenRun.Hidden, Layers = 1 },
                Data = new() { Path = corpus, ValidationFraction = 0 },
                Training = golden.Options with { Init = init },
                Device = new() { Name = device, Threads = 2 },
            };

            using (TrainingRun training = TrainingRun.Create(options, run))
            {
                training.Run();
            }

            (long[] steps, double[] losses, double[] norms) = ReadTrainingRows(Path.Combine(run, "metrics.jsonl"));
            Assert.Equal(Enumerable.Range(1, GoldenRun.Steps).Select(step => (long)step), steps);
            // The promise of the product is 1e-4; float32 in PyTorch itself differs from float64 by less than 5e-7 here.
            Near.Equal("loss", golden.Losses, losses, _ => 1e-4);
            Near.Equal("gradient norm", golden.GradientNorms, norms, _ => 1e-4);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>A safetensors file: header length (8 bytes, little-endian), JSON header, data in the order of the list.</summary>
    private static byte[] Safetensors(IReadOnlyList<(string Name, int[] Shape, float[] Values)> tensors)
    {
        Dictionary<string, object> header = [];
        List<byte> data = [];
        foreach ((string name, int[] shape, float[] values) in tensors)
        {
            int from = data.Count;
            data.AddRange(MemoryMarshal.AsBytes<float>(values));
            header[name] = new { dtype = "F32", shape, data_offsets = new[] { from, data.Count } };
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }

    private static (long[] Steps, double[] Losses, double[] Norms) ReadTrainingRows(string path)
    {
        List<JsonElement> rows = [];
        foreach (string line in File.ReadLines(path))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            if (row.RootElement.GetProperty("split").GetString() == "train")
            {
                rows.Add(row.RootElement.Clone());
            }
        }
        return (
            [.. rows.Select(row => row.GetProperty("step").GetInt64())],
            [.. rows.Select(row => row.GetProperty("loss").GetDouble())],
            [.. rows.Select(row => row.GetProperty("grad_norm").GetDouble())]);
    }
}
