namespace LstmGpu.Devices;

internal static class Penalty
{
    /// <summary>α and β of <see cref="IBackend.ActivationPenalty"/> as factors of one term: α/(T·B·H), β/((T−1)·B·H). One step has no change.</summary>
    public static (float A, float B) PerElement(int steps, int batch, int width, float alpha, float beta)
    {
        double units = (double)batch * width;
        return ((float)(alpha / (steps * units)), steps > 1 ? (float)(beta / ((steps - 1) * units)) : 0);
    }
}
