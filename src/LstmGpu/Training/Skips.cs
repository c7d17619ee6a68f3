namespace LstmGpu.Training;

/// <summary>Steps that <c>--on-nan skip</c> passed over. A checkpoint keeps them: an optimizer counts the updates that were made.</summary>
/// <param name="Total">In the whole run.</param>
/// <param name="InARow">Since the last update.</param>
internal sealed record Skips(long Total, int InARow)
{
    public static Skips None { get; } = new(0, 0);

    public Skips OneMore() => new(Total + 1, InARow + 1);

    /// <summary>After an update.</summary>
    public Skips Ended() => InARow == 0 ? this : this with { InARow = 0 };
}
