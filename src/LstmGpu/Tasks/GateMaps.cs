using LstmGpu.Kernels;
using LstmGpu.Reporting;

namespace LstmGpu.Tasks;

/// <summary>Gates and states of recurrent units in the form that is kept and drawn.</summary>
internal static class GateMaps
{
    /// <summary>Input, forget and output gate, and the cell.</summary>
    public static IReadOnlyList<GateMapUnit> OfLstm(GateTrace trace) => [.. trace.Units.Select(unit => new GateMapUnit(unit.Unit,
    [
        new("input", unit.Input, IsGate: true),
        new("forget", unit.Forget, IsGate: true),
        new("output", unit.Output, IsGate: true),
        new("cell", unit.Cell, IsGate: false),
    ]))];

    /// <summary>Reset and update gate, and the hidden state, of the units whose hidden state varies most.</summary>
    /// <param name="gates">[T,1,3H], activated.</param>
    /// <param name="hidden">[T,1,H].</param>
    public static IReadOnlyList<GateMapUnit> OfGru(float[] gates, float[] hidden, int steps, int count)
    {
        int units = hidden.Length / steps;
        float[] Gate(int gate, int unit) => [.. Enumerable.Range(0, steps).Select(t => gates[(((t * GruGate.Count) + gate) * units) + unit])];
        float[] Hidden(int unit) => [.. Enumerable.Range(0, steps).Select(t => hidden[(t * units) + unit])];
        return [.. Enumerable.Range(0, units).OrderByDescending(unit => UnitTrace.VarianceOf(Hidden(unit))).Take(count).Select(unit => new GateMapUnit(unit,
        [
            new("reset", Gate(GruGate.Reset, unit), IsGate: true),
            new("update", Gate(GruGate.Update, unit), IsGate: true),
            new("hidden", Hidden(unit), IsGate: false),
        ]))];
    }
}
