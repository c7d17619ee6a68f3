namespace LstmGpu.Layers;

/// <summary>Where in the network a mask belongs: the kind above, the place below, so that no two masks of a step share their draws.</summary>
internal static class DropoutSite
{
    public const uint LayerOutput = 0;
    public const uint Hidden = 1;
    public const uint Candidate = 2;
    public const uint ZoneoutHidden = 3;
    public const uint ZoneoutCell = 4;
    public const uint Weight = 5;
    public const uint Input = 6;
    public const uint Embedding = 7;

    /// <param name="place">The layer, or twice the layer plus the direction.</param>
    public static uint Of(uint kind, int place) => (kind << 16) | (uint)place;
}
