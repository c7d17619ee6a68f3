namespace LstmGpu.Reporting;

/// <summary>What open and closed gates do to the state of a cell, as textbooks tabulate it.</summary>
/// <param name="Headings">Two gates and the state.</param>
internal sealed record GateLegend((string First, string Second, string Effect) Headings, IReadOnlyList<(string First, string Second, string Effect)> Rows, string Note)
{
    // c = f∘c' + i∘g, h = o∘tanh c
    public static GateLegend Lstm { get; } = new(
        ("input gate", "forget gate", "the cell"),
        [
            ("closed", "open", "keeps what the cell holds"),
            ("open", "open", "adds to what it holds"),
            ("closed", "closed", "erases it"),
            ("open", "closed", "overwrites it"),
        ],
        "The output gate shows the cell (open) or hides it (closed).");

    // h = (1 − z)∘n + z∘h' with n of r∘h'
    public static GateLegend Gru { get; } = new(
        ("reset gate", "update gate", "the hidden state"),
        [
            ("any", "open", "keeps what the unit holds"),
            ("open", "closed", "overwrites it, from the input and the past"),
            ("closed", "closed", "overwrites it, from the input alone"),
        ],
        "The update gate is PyTorch's z: open keeps.");

    public static GateLegend Of(string cell) => cell == "lstm" ? Lstm : Gru;
}
