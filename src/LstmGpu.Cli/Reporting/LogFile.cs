using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace LstmGpu.Cli.Reporting;

/// <summary>
/// Opens <c>log.txt</c> only when the run has begun and its <c>config.json</c> is written: a run that is refused leaves nothing behind, and an
/// empty <c>--out</c> stays empty until the run itself fills it.
/// </summary>
internal sealed class LogFile(string directory) : ILogEventSink, IDisposable
{
    private readonly Lock gate = new();
    private readonly List<LogEvent> waiting = [];
    private Logger? file;
    private bool begun;

    public void Begin()
    {
        lock (gate)
        {
            begun = true;
        }
    }

    public void Emit(LogEvent logEvent)
    {
        lock (gate)
        {
            waiting.Add(logEvent);
            if (MayWrite())
            {
                Write();
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (waiting.Count > 0 && MayWrite())
            {
                Write();
            }

            file?.Dispose();
        }
    }

    private bool MayWrite() => begun && (file is not null || File.Exists(Path.Combine(directory, "config.json")));

    private void Write()
    {
        file ??= new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.File(Path.Combine(directory, "log.txt"), outputTemplate: RunLog.Format, formatProvider: RunLog.Culture, fileSizeLimitBytes: null)
            .CreateLogger();
        foreach (LogEvent logEvent in waiting)
        {
            file.Write(logEvent);
        }

        waiting.Clear();
    }
}
