using System.Runtime.InteropServices;

namespace LstmGpu.Cli;

/// <summary>The first Ctrl-C or SIGTERM asks for an orderly end; a second Ctrl-C ends the process at once.</summary>
internal sealed class Interruption : IDisposable
{
    /// <summary><c>timeout -s INT</c> signals the process and then its group: twice within microseconds, and meant as one.</summary>
    private static readonly TimeSpan SameSignal = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource source = new();
    private readonly TextWriter error;
    private readonly PosixSignalRegistration[] registrations;
    private readonly Lock gate = new();
    private long firstAt;

    public Interruption(TextWriter error)
    {
        this.error = error;
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (gate)
        {
            if (!source.IsCancellationRequested)
            {
                firstAt = Environment.TickCount64;
                error.WriteLine("lstmgpu: stopping; press Ctrl-C again to stop at once");
                source.Cancel();
                return;
            }

            if (context.Signal == PosixSignal.SIGTERM || Environment.TickCount64 - firstAt < SameSignal.TotalMilliseconds)
            {
                return;
            }
        }

        if (!Console.IsErrorRedirected)
        {
            error.Write("\u001b[?25h"); // the live display hides the cursor
        }

        Environment.Exit(ExitCode.Interrupted);
    }
}
