using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace LstmGpu.Cli.Reporting;

/// <summary>Writes each log event as a line to a writer.</summary>
internal sealed class LogLines(TextWriter writer) : ILogEventSink
{
    private readonly MessageTemplateTextFormatter formatter = new(RunLog.Format, RunLog.Culture);

    public void Emit(LogEvent logEvent)
    {
        lock (formatter)
        {
            formatter.Format(logEvent, writer);
        }
    }
}
