using LstmGpu.Devices;

namespace LstmGpu.Cli.Reporting;

/// <summary>Says which device runs and why it is that one.</summary>
internal static class DeviceChoice
{
    /// <param name="asked">The setting <c>device.name</c> before it was resolved, or null where a resumed run keeps its device.</param>
    /// <param name="chosen">The device that was opened.</param>
    /// <param name="list">The devices of this build, best first; asked for only where the reason needs it.</param>
    public static string Explain(string? asked, DeviceDescription chosen, Func<IReadOnlyList<DeviceReport>> list)
    {
        string what = PlanReport.Describe(chosen);
        if (asked != "auto")
        {
            return asked is null ? $"{what}, as the run had it" : $"{what}, asked for by name";
        }

        IEnumerable<DeviceReport> better = list().TakeWhile(report => report.Name != chosen.Name);
        string[] refused = [.. better.Select(report => (report.Name, Reason: report.Unavailable ?? report.NotAutomatic)).Where(r => r.Reason is not null).Select(r => $"{r.Name}: {r.Reason}")];
        return refused.Length == 0 ? $"{what}, the first choice of auto" : $"{what}, the first that works ({string.Join("; ", refused)})";
    }
}
