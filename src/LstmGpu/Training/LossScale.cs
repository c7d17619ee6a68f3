namespace LstmGpu.Training;

/// <summary>
/// Dynamic loss scaling for products of fp16 operands, with the rule and the numbers of PyTorch's GradScaler: the gradient of the loss is multiplied by a
/// power of two so that small gradients do not vanish, and the gradients of the parameters are divided by it again. Where one of them is not finite
/// the update is left out and the scale halved; after 2000 updates in a row it is doubled.
/// </summary>
/// <param name="Scale">What the gradient of the loss is multiplied by.</param>
/// <param name="Growing">Updates since the scale changed.</param>
/// <param name="Skipped">Steps whose update was left out, of all so far: an optimizer counts updates, not steps.</param>
internal sealed record LossScale(float Scale = 65536, int Growing = 0, long Skipped = 0)
{
    private const int GrowthInterval = 2000;

    /// <summary>At a scale of 1 and below it is not the scale that leaves the range: training has diverged.</summary>
    public bool MayHalve => Scale > 1;

    public LossScale AfterUpdate() =>
        Growing + 1 < GrowthInterval ? this with { Growing = Growing + 1 }
        : this with { Scale = float.IsFinite(2 * Scale) ? 2 * Scale : Scale, Growing = 0 };

    public LossScale AfterSkip() => new(Scale / 2, 0, Skipped + 1);
}
