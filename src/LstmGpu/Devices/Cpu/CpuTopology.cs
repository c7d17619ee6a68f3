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
        int threadsPerCore = ThreadsPerCore(Cpus);
        return Math.Max(1, (logical + threadsPerCore - 1) / threadsPerCore);
    }

    /// <summary>Hyper-threads of a core, read from the siblings list of the first CPU; 1 where the system does not say.</summary>
    internal static int ThreadsPerCore(string cpus)
    {
        string list = Path.Combine(cpus, "cpu0", "topology", "thread_siblings_list");
        return File.Exists(list) ? Math.Max(1, CountOf(File.ReadAllText(list).Trim())) : 1;
    }

    /// <summary>Elements of a kernel list such as <c>0,64</c> or <c>0-1</c>; 0 where it is none.</summary>
    internal static int CountOf(string list)
    {
        int count = 0;
        foreach (string range in list.Split(','))
        {
            string[] ends = range.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                || last < first)
            {
                return 0;
            }
            count += last - first + 1;
        }
        return count;
    }
}
