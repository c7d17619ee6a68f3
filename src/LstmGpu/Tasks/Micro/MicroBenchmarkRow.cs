namespace LstmGpu.Tasks;

/// <summary>One measurement of <see cref="MicroBenchmark"/>.</summary>
/// <param name="Id">M1 … M7.</param>
/// <param name="Measure">What was measured; empty where nothing could be.</param>
/// <param name="Groups">Groups of threads that took part; of a cluster for M2; 0 where it does not matter.</param>
/// <param name="Bytes">That every group was brought, 0 where there are none.</param>
/// <param name="Value">Null where there is none; <paramref name="Note"/> says why.</param>
/// <param name="Unit">us (microseconds), GB/s, TFLOP/s, or the kind of an error.</param>
/// <param name="Note">What is missing, what went wrong, or what follows.</param>
/// <param name="Failed">Whether it went wrong.</param>
public sealed record MicroBenchmarkRow(string Id, string Measure, int Groups, long Bytes, double? Value, string Unit, string? Note, bool Failed);
