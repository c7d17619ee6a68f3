using System.Text.Json.Nodes;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>Benchmark rows as text and as JSON.</summary>
internal static class BenchmarkReport
{
    public static void Write(IReadOnlyList<LstmBenchmarkRow> rows, TextWriter output)
    {
        TextTable table = new("T,B,I,H,L,D", "device", ">threads", ">forward ms", ">forward+backward ms", ">GFLOP/s", ">peak", ">share");
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

    private static int[] Dimensions(LstmBenchmarkShape s) => [s.T, s.B, s.I, s.H, s.L, s.D];
}
