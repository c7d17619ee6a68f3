using System.Globalization;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Extensions.Logging;

namespace LstmGpu.Cli.Reporting;

/// <summary>The log of a run: <c>log.txt</c> in the run directory and, with <c>--verbose</c>, stderr.</summary>
internal sealed class RunLog : IDisposable
{
    private readonly LogFile file;
    private readonly Logger logger;
    private readonly SerilogLoggerFactory loggers;

    /// <param name="directory">The run directory; it need not exist yet.</param>
    /// <param name="verbose">Where <c>--verbose</c> shows the log, or null.</param>
    public RunLog(string directory, TextWriter? verbose)
    {
        file = new LogFile(directory);
        LoggerConfiguration configuration = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(file);
        if (verbose is not null)
        {
            configuration.WriteTo.Sink(new LogLines(verbose));
        }

        logger = configuration.CreateLogger();
        loggers = new SerilogLoggerFactory(logger);
    }

    public ILoggerFactory Loggers => loggers;

    /// <summary>From now on the run directory may be written to. What was logged before is kept and comes first.</summary>
    public void Begin() => file.Begin();

    public void Failed(Exception exception) => logger.Error(exception, "The run ended with an error");

    public void Dispose()
    {
        loggers.Dispose();
        logger.Dispose();
        file.Dispose();
    }

    internal static string Format => "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {Message:lj}{NewLine}{Exception}";

    internal static CultureInfo Culture => CultureInfo.InvariantCulture;
}
