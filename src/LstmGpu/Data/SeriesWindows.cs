namespace LstmGpu.Data;

/// <summary>
/// Windows over a series: W input rows, then H rows of targets, of which inputs may say what is known before they come. A window trains only when its last target lies before the held-out rows, and
/// is held out only when its first target lies in them; its inputs may then reach back into the training rows.
/// </summary>
internal sealed class SeriesWindows
{
    private readonly float[] inputs;
    private readonly float[] targets;
    private readonly float[]? future;
    private readonly int first;
    private readonly int stride;

    private SeriesWindows(float[] inputs, float[] targets, float[]? future, int rows, int window, int horizon, int first, int end, int stride)
    {
        (this.inputs, this.targets, this.future, this.first, this.stride) = (inputs, targets, future, first, stride);
        (Window, Horizon, Features, Targets) = (window, horizon, inputs.Length / rows, targets.Length / rows);
        int starts = end - horizon - window - first + 1;
        Count = starts < 1 ? 0 : (starts - 1) / stride + 1;
    }

    /// <summary>Number of windows, at least 1.</summary>
    public int Count { get; }

    /// <summary>Input rows, W.</summary>
    public int Window { get; }

    /// <summary>Steps of a sequence, S: W, or W + H where something is known of the target rows.</summary>
    public int Steps => Window + (future is null ? 0 : Horizon);

    /// <summary>Target rows, H.</summary>
    public int Horizon { get; }

    /// <summary>Columns of an input row, F.</summary>
    public int Features { get; }

    /// <summary>Columns of a target row, K.</summary>
    public int Targets { get; }

    /// <param name="inputs">[N,F] target and covariate columns, scaled.</param>
    /// <param name="targets">[N,K] target columns, scaled.</param>
    /// <param name="rows">N.</param>
    /// <param name="trainingRows">The first rows; those after them are held out.</param>
    /// <param name="future">[N,F] each row as the inputs have it while it is yet to come; null: nothing is known of it.</param>
    /// <exception cref="DataException">The training rows are too few for one window.</exception>
    public static SeriesWindows Training(float[] inputs, float[] targets, int rows, int trainingRows, int window, int horizon, int stride = 1, float[]? future = null) =>
        Require(new(inputs, targets, future, rows, window, horizon, first: 0, trainingRows, stride), trainingRows, "training");

    /// <inheritdoc cref="Training"/>
    /// <exception cref="DataException">The held-out rows are fewer than the horizon, or there are fewer than W rows before them.</exception>
    public static SeriesWindows HeldOut(float[] inputs, float[] targets, int rows, int trainingRows, int window, int horizon, int stride = 1, float[]? future = null) =>
        trainingRows >= window
            ? Require(new(inputs, targets, future, rows, window, horizon, trainingRows - window, rows, stride), rows - trainingRows, "held-out")
            : throw new DataException($"the series has {trainingRows} training rows, expected at least the {window} of an input window; use a shorter window");

    /// <summary>The row of a window's first target.</summary>
    public int FirstTarget(int window) => first + window * stride + Window;

    /// <param name="windows">Up to B windows.</param>
    /// <param name="batch">B; rows without a window are 0.</param>
    /// <param name="x">[S,B,F].</param>
    /// <param name="y">[B,H,K].</param>
    public void Copy(ReadOnlySpan<int> windows, int batch, Span<float> x, Span<float> y)
    {
        x.Clear();
        y.Clear();
        for (int b = 0; b < windows.Length; b++)
        {
            int target = FirstTarget(windows[b]);
            for (int t = 0; t < Steps; t++)
            {
                (t < Window ? inputs : future).AsSpan((target - Window + t) * Features, Features).CopyTo(x[((t * batch + b) * Features)..]);
            }

            targets.AsSpan(target * Targets, Horizon * Targets).CopyTo(y[(b * Horizon * Targets)..]);
        }
    }

    private static SeriesWindows Require(SeriesWindows windows, int rows, string part) => windows.Count > 0 ? windows : throw new DataException(
        $"the {part} part of the series has {rows} rows, expected enough for an input window of {windows.Window} and a horizon of {windows.Horizon}; "
        + "use a shorter window or horizon, or hold out another number of rows");
}
