using System.Globalization;

namespace LstmGpu.Devices.Cpu;

/// <summary>How many cores this process may keep busy. Two hyper-threads share the multipliers of one core, so the second adds nothing here.</summary>
internal static class CpuTopology
{
    private const string Cpus = "/sys/devices/system/cpu";

    /// <summary>Physical cores within affinity and cgroup limits, at least 1.</summary>
    public static int PhysicalCores()
    {
        // Respects affinity and, rounded up, a cgroup's CPU quota; counts hyper-threads.
        int logical = Environment.ProcessorCount;
        int cores = CoresOf(Cpus, AllowedCpus("/proc/self/status"));
        return cores == 0 ? logical : Math.Min(logical, cores);
    }

    /// <summary>Cores behind some CPUs: hyper-threads name the same siblings. 0 where the system does not say.</summary>
    internal static int CoresOf(string cpus, IEnumerable<int> allowed) => allowed
        .Select(cpu => Path.Combine(cpus, $"cpu{cpu}", "topology", "thread_siblings_list"))
        .Where(File.Exists)
        .Select(file => File.ReadAllText(file).Trim())
        .Distinct()
        .Count();

    /// <summary>The CPUs that this process may run on; none where the system does not say.</summary>
    internal static IReadOnlyList<int> AllowedCpus(string status)
    {
        const string key = "Cpus_allowed_list:";
        string? line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) : null;
        return line is null ? [] : Elements(line[key.Length..].Trim());
    }

    /// <summary>Elements of a kernel list such as <c>0,64</c> or <c>0-3,8</c>; none where it is no such list.</summary>
    internal static IReadOnlyList<int> Elements(string list)
    {
        var elements = new List<int>();
        foreach (string range in list.Split(','))
        {
            string[] ends = range.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                || last < first)
            {
                return [];
            }
            elements.AddRange(Enumerable.Range(first, last - first + 1));
        }
        return elements;
    }
}
