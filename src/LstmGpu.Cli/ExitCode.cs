namespace LstmGpu.Cli;

/// <summary>The exit codes of <c>lstmgpu</c>, and which exception leads to which.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>Usage or configuration.</summary>
    public const int Usage = 2;

    /// <summary>Data or file.</summary>
    public const int Data = 3;

    /// <summary>Device or memory.</summary>
    public const int Device = 4;

    /// <summary>NaN or infinity in training.</summary>
    public const int Diverged = 5;

    /// <summary>Ctrl-C or SIGTERM; a training run has written its checkpoint.</summary>
    public const int Interrupted = 130;

    public static int Of(Exception exception) => exception switch
    {
        ConfigurationException => Usage,
        DataException or IOException or UnauthorizedAccessException => Data,
        DeviceException or OutOfMemoryException => Device,
        DivergedException => Diverged,
        OperationCanceledException => Interrupted,
        AggregateException { InnerExceptions.Count: 1 } one => Of(one.InnerExceptions[0]),
        _ => Failed,
    };
}
