using System.Text.Json.Nodes;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>Benchmark rows as text and as JSON.</summary>
internal static class BenchmarkReport
{
    /// <summary>A JSON object a line, each as soon as its row is measured, or a table of all.</summary>
    public static void Print<T>(IEnumerable<T> rows, bool asJson, Func<T, JsonObject> json, Action<IReadOnlyList<T>, TextWriter> write, TextWriter output)
    {
        if (!asJson)
        {
            write([.. rows], output);
            return;
        }

        foreach (T row in rows)
        {
            output.WriteLine(json(row).ToJsonString());
        }
    }

    public static void Write(IReadOnlyList<LstmBenchmarkRow> rows, TextWriter output)
    {
        TextTable table = new("T,B,I,H,L,D", "device", ">units", ">forward ms", ">forward+backward ms", ">GFLOP/s", ">peak", ">share");
        foreach (LstmBenchmarkRow row in rows)
        {
            table.Add(
                string.Join(",", Dimensions(row.Shape).Select(n => Figures.Plain(n))),
                row.Device,
                Figures.Plain(row.Threads),
                Figures.Fixed(row.ForwardMs, 3),
                Figures.Fixed(row.ForwardBackwardMs, 3),
                Figures.Fixed(row.Gflops, 1),
                Figures.Fixed(row.PeakGflops, 1),
                Figures.Percent(row.ShareOfPeak));
        }

        table.Write(output);
    }

    public static JsonObject Json(LstmBenchmarkRow row) => new()
    {
        ["shape"] = new JsonArray([.. Dimensions(row.Shape).Select(n => (JsonNode)n)]),
        ["device"] = row.Device,
        ["threads"] = row.Threads,
        ["forward_ms"] = Figures.Json(row.ForwardMs),
        ["forward_backward_ms"] = Figures.Json(row.ForwardBackwardMs),
        ["gflops"] = Figures.Json(row.Gflops),
        ["peak_gflops"] = Figures.Json(row.PeakGflops),
        ["share_of_peak"] = Figures.Json(row.ShareOfPeak),
    };

    public static void Write(IReadOnlyList<GemmBenchmarkRow> rows, TextWriter output)
    {
        TextTable table = new("M,N,K", "layout", "by", "device", ">units", ">ms", ">GFLOP/s", ">peak", ">share");
        foreach (GemmBenchmarkRow row in rows)
        {
            (int m, int n, int k) = row.Shape;
            table.Add(
                $"{Figures.Plain(m)},{Figures.Plain(n)},{Figures.Plain(k)}",
                row.Layout,
                row.Library ?? row.Gemm,
                row.Device,
                Figures.Plain(row.Units),
                Figures.Fixed(row.Ms, 3),
                Figures.Fixed(row.Gflops, 1),
                Figures.Fixed(row.PeakGflops, 1),
                Figures.Percent(row.ShareOfPeak));
        }

        table.Write(output);
    }

    public static JsonObject Json(GemmBenchmarkRow row) => new()
    {
        ["shape"] = new JsonArray(row.Shape.M, row.Shape.N, row.Shape.K),
        ["layout"] = row.Layout,
        ["gemm"] = row.Gemm,
        ["library"] = row.Library,
        ["device"] = row.Device,
        ["threads"] = row.Units,
        ["ms"] = Figures.Json(row.Ms),
        ["gflops"] = Figures.Json(row.Gflops),
        ["peak_gflops"] = Figures.Json(row.PeakGflops),
        ["share_of_peak"] = Figures.Json(row.ShareOfPeak),
    };

    public static void Write(IReadOnlyList<OptionsBenchmarkRow> rows, TextWriter output)
    {
        TextTable table = new("variant", ">forward+backward ms", ">ratio", ">arithmetic");
        foreach (OptionsBenchmarkRow row in rows)
        {
            table.Add(row.Variant, Figures.Fixed(row.Ms, 3), Figures.Fixed(row.Ratio, 2), Figures.Fixed(row.Arithmetic, 2));
        }

        table.Write(output);
    }

    public static JsonObject Json(OptionsBenchmarkRow row) => new()
    {
        ["variant"] = row.Variant,
        ["ms"] = Figures.Json(row.Ms),
        ["ratio"] = Figures.Json(row.Ratio),
        ["arithmetic"] = Figures.Json(row.Arithmetic),
    };

    public static void Write(StepBenchmarkRow row, TextWriter output)
    {
        TextTable table = new("operation", ">ms", ">share");
        foreach (OperationRow operation in row.Operations)
        {
            table.Add(operation.Operation, Figures.Fixed(operation.Milliseconds, 3), Figures.Percent(operation.Share));
        }

        table.Write(output);
        output.WriteLine();
        output.WriteLine(
            $"step {Figures.Fixed(row.StepMs, 3)} ms, {Figures.Fixed(row.Gflops, 1)} GFLOP/s, {Figures.Percent(row.ShareOfPeak)} of {Figures.Fixed(row.PeakGflops, 1)}, "
            + $"{row.Device}, {Figures.Plain(row.Threads)} units, {Figures.Plain(row.PlannedBytes)} bytes planned");
    }

    public static JsonObject Json(StepBenchmarkRow row) => new()
    {
        ["shape"] = new JsonArray(row.Shape.T, row.Shape.B, row.Shape.E, row.Shape.H, row.Shape.L, row.Shape.V),
        ["device"] = row.Device,
        ["threads"] = row.Threads,
        ["step_ms"] = Figures.Json(row.StepMs),
        ["gflops"] = Figures.Json(row.Gflops),
        ["peak_gflops"] = Figures.Json(row.PeakGflops),
        ["share_of_peak"] = Figures.Json(row.ShareOfPeak),
        ["planned_bytes"] = row.PlannedBytes,
        ["operations"] = new JsonArray([.. row.Operations.Select(o => (JsonNode)new JsonObject
        {
            ["operation"] = o.Operation,
            ["ms"] = Figures.Json(o.Milliseconds),
            ["share"] = Figures.Json(o.Share),
        })]),
    };

    public static void Write(IReadOnlyList<DeviceBenchmarkRow> rows, TextWriter output)
    {
        TextTable table = new("measure", ">bytes", "device", ">value", "unit");
        foreach (DeviceBenchmarkRow row in rows)
        {
            table.Add(row.Measure, row.Bytes > 0 ? Figures.Plain(row.Bytes) : "", row.Device, Figures.Fixed(row.Value, 3), row.Unit);
        }

        table.Write(output);
    }

    public static JsonObject Json(DeviceBenchmarkRow row) => new()
    {
        ["measure"] = row.Measure,
        ["bytes"] = row.Bytes,
        ["device"] = row.Device,
        ["value"] = Figures.Json(row.Value),
        ["unit"] = row.Unit,
    };

    public static void Write(IReadOnlyList<MicroBenchmarkRow> rows, TextWriter output)
    {
        TextTable table = new("id", "measure", ">groups", ">bytes", ">value", "unit", "note");
        foreach (MicroBenchmarkRow row in rows)
        {
            string value = row.Value is { } number ? Figures.Short(number) : "";
            table.Add(
                row.Id, row.Measure, row.Groups > 0 ? Figures.Plain(row.Groups) : "", row.Bytes > 0 ? Figures.Plain(row.Bytes) : "", value, row.Unit, (row.Failed ? "failed: " : "") + row.Note);
        }

        table.Write(output);
    }

    public static JsonObject Json(MicroBenchmarkRow row) => new()
    {
        ["id"] = row.Id,
        ["measure"] = row.Measure,
        ["groups"] = row.Groups,
        ["bytes"] = row.Bytes,
        ["value"] = row.Value is { } value ? Figures.Json(value) : null,
        ["unit"] = row.Unit,
        ["note"] = row.Note,
        ["failed"] = row.Failed,
    };

    private static int[] Dimensions(LstmBenchmarkShape s) => [s.T, s.B, s.I, s.H, s.L, s.D];
}
