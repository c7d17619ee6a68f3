namespace LstmGpu.Devices;

/// <summary>The operations of layers and losses beside the recurrence. Legend as above; K outputs, ∘ by element.</summary>
internal partial interface IBackend
{
    // Elements

    /// <summary>destination += source.</summary>
    void Add(DeviceSlice<float> source, DeviceSlice<float> destination);

    /// <summary>y[n] = x[n]·mask[n mod mask.Length]; a mask of [B,H] is one for all steps. The same call on dy gives dx. x and y may be the same memory.</summary>
    void MultiplyByMask(DeviceSlice<float> x, DeviceSlice<float> mask, DeviceSlice<float> y);

    /// <summary>
    /// <see cref="Dropout(DeviceSlice{float}, DeviceSlice{float}, float, DropoutKey)"/> in which element n takes the draw for n mod
    /// <paramref name="period"/>: with period B·H one mask for all steps of [T,B,H] (Gal and Ghahramani 2016). Period 0: none.
    /// </summary>
    void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key, long period);

    // Embedding

    /// <summary>
    /// x[r,:] = weight[tokens[r],:]·rowMask[tokens[r]]. The mask that <see cref="Dropout(DeviceSlice{float}, DeviceSlice{float}, float, DropoutKey)"/> makes of
    /// V ones drops whole words (Merity et al. 2018, AWD-LSTM).
    /// </summary>
    void EmbeddingForward(
        int rows,
        int width,
        DeviceSlice<int> tokens,
        DeviceSlice<float> weight,
        DeviceSlice<float> rowMask,   // [V] or empty: 1
        DeviceSlice<float> x);

    /// <summary>
    /// dWeight[tokens[r],:] += dx[r,:]·rowMask[tokens[r]], rows in ascending order. A row whose mask is 0 and that of the padding token keep their bits.
    /// A frozen table takes no call at all, and stands outside the arena that the optimizer updates: weight decay would move it.
    /// </summary>
    /// <param name="paddingToken">The token whose row gets no gradient, or −1.</param>
    void EmbeddingBackward(
        int rows,
        int width,
        DeviceSlice<int> tokens,
        DeviceSlice<float> dx,
        DeviceSlice<float> dWeight,
        DeviceSlice<float> rowMask,   // [V] or empty: 1
        int paddingToken);

    // Layer normalisation (Ba, Kiros and Hinton 2016; PyTorch's nn.LayerNorm)

    /// <summary>Bytes of scratch that <see cref="LayerNormBackward"/> needs.</summary>
    long LayerNormWorkspaceBytes(int rows, int width);

    /// <summary>
    /// y = γ∘(x − mean)·inverse + β by rows, mean[r] = Σ x/N, inverse[r] = 1/√(Σ (x − mean)²/N + 1e-5). x and y may be the same memory where nobody goes
    /// back.
    /// </summary>
    void LayerNormForward(
        int rows,
        int width,
        DeviceSlice<float> x,          // [R,N]
        DeviceSlice<float> gamma,      // [N] or empty: 1
        DeviceSlice<float> beta,       // [N] or empty: 0
        DeviceSlice<float> y,          // [R,N]
        DeviceSlice<float> mean,       // [R]
        DeviceSlice<float> inverse);   // [R]

    /// <summary>
    /// With x̂ = (x − mean)·inverse and g = dy∘γ: dx = inverse·(g − Σg/N − x̂·Σ(g∘x̂)/N), dγ += Σ_r dy∘x̂, dβ += Σ_r dy. dx and dy may be the same memory.
    /// </summary>
    void LayerNormBackward(
        int rows,
        int width,
        DeviceSlice<float> dy,         // [R,N]
        DeviceSlice<float> x,          // [R,N] as forward had it
        DeviceSlice<float> gamma,      // [N] or empty: 1
        DeviceSlice<float> mean,       // [R]
        DeviceSlice<float> inverse,    // [R]
        DeviceSlice<float> dx,         // [R,N] overwritten
        DeviceSlice<float> dGamma,     // [N] or empty
        DeviceSlice<float> dBeta,      // [N] or empty
        DeviceSlice<float> workspace);

    // Pooling over the valid steps of each row of the batch

    /// <summary>y[b,:] = the last step of x[:,b,:], the mean or the largest of each unit over t &lt; lengths[b]; 0 (and place −1) where the length is 0.</summary>
    void PoolForward(
        Pooling pooling,
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,      // [B] or empty: T
        DeviceSlice<float> x,          // [T,B,H]
        DeviceSlice<float> y,          // [B,H]
        DeviceSlice<int> places);      // [B,H] Max: the first step that holds the largest; else empty

    /// <summary>dx[t,b,:] += dy[b,:] where the step was the last or held the largest, or dy[b,:]/lengths[b]; padded steps keep their bits.</summary>
    void PoolBackward(
        Pooling pooling,
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,
        DeviceSlice<float> dy,         // [B,H]
        DeviceSlice<int> places,
        DeviceSlice<float> dx);        // [T,B,H]

    // Losses

    /// <summary>
    /// PyTorch's cross_entropy by rows: with w the class weights, ε the label smoothing and p the softmax,
    /// losses[r] = scale·((1−ε)·w[y]·(−log p[y]) + ε/V·Σ_v w[v]·(−log p[v])), y = targets[r], and logits[r,:] ← its gradient·gradientScale.
    /// A row whose target is the ignored index has loss 0 and gradient 0. A gradientScale of 0 leaves the logits as they are. Without options: the same
    /// bits as <see cref="SoftmaxCrossEntropy(int, int, DeviceSlice{float}, DeviceSlice{int}, DeviceSlice{float}, float)"/>.
    /// </summary>
    void SoftmaxCrossEntropy(
        int rows,
        int vocabulary,
        DeviceSlice<float> logits,
        DeviceSlice<int> targets,
        DeviceSlice<float> losses,
        float gradientScale,
        in CrossEntropyOptions options);

    /// <summary>
    /// total[0] = Σ w[targets[r]] over the rows that are not ignored (their number without class weights): what PyTorch's mean divides by.
    /// total[1] = 1/total[0], or 0 where nothing counts (PyTorch: NaN). As <see cref="CrossEntropyOptions.Scale"/> it makes the sum of the losses their mean.
    /// </summary>
    void TargetWeight(
        int rows,
        DeviceSlice<int> targets,
        in CrossEntropyOptions options,
        DeviceSlice<float> total);     // [2]

    /// <summary>
    /// losses[n] = the loss of prediction n, and predictions[n] ← its gradient·gradientScale; both 0 at padded steps. A scale of 0 leaves the predictions
    /// as they are. Without a time axis: steps 1, batch R; lengths of 0 and 1 are then a mask of rows.
    /// </summary>
    /// <param name="delta">Of Huber's loss.</param>
    void ElementLoss(
        LossFunction function,
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,      // [B] or empty: T
        DeviceSlice<float> predictions,// [T,B,K] in: predictions, out: their gradient
        DeviceSlice<float> targets,    // [T,B,K]
        DeviceSlice<float> losses,     // [T,B,K]
        float gradientScale,
        float delta);

    /// <summary>
    /// losses[b,h,q] = max(q·(y − x), (q − 1)·(y − x)) with the level q of a column, and predictions ← its gradient·gradientScale (Koenker and Bassett 1978);
    /// both 0 in rows of length 0. A scale of 0 leaves the predictions as they are.
    /// </summary>
    void QuantileLoss(
        int batch,
        int horizon,
        DeviceSlice<int> lengths,      // [B] or empty: all count
        DeviceSlice<float> levels,     // [Q]
        DeviceSlice<float> predictions,// [B,H,Q] in: quantiles, out: their gradient
        DeviceSlice<float> targets,    // [B,H]
        DeviceSlice<float> losses,     // [B,H,Q]
        float gradientScale);

    /// <summary>
    /// losses[b,h] = ½((y − µ)/σ)² + log σ + ½ log 2π, and predictions ← its gradient·gradientScale; both 0 in rows of length 0. A scale of 0 leaves the
    /// predictions as they are.
    /// </summary>
    void GaussianLoss(
        int batch,
        int horizon,
        DeviceSlice<int> lengths,      // [B] or empty: all count
        DeviceSlice<float> predictions,// [B,H,2] in: µ and log σ, out: their gradient
        DeviceSlice<float> targets,    // [B,H]
        DeviceSlice<float> losses,     // [B,H]
        float gradientScale);

    /// <summary>
    /// loss[0] = α·Σ h²/(T·B·H) + β·Σ (h[t] − h[t−1])²/((T−1)·B·H), and its gradient is added to dH: AR and TAR (Merity et al. 2017). AWD-LSTM takes AR of the
    /// output after dropout and TAR of the output before: two calls. Padded steps have no part in the sums; the denominators stay.
    /// </summary>
    void ActivationPenalty(
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,      // [B] or empty: T
        DeviceSlice<float> h,          // [T,B,H]
        float alpha,
        float beta,
        DeviceSlice<float> dH,         // [T,B,H] or empty
        DeviceSlice<float> loss);      // [1]
}

/// <summary>What softmax cross-entropy does beyond its definition; the default does nothing.</summary>
/// <param name="IgnoreIndex">Rows with this target do not count; it may lie outside the vocabulary (PyTorch's default is −100).</param>
/// <param name="LabelSmoothing">ε in 0…1: so much of the target goes to all classes alike.</param>
/// <param name="ClassWeights">[V] or empty.</param>
/// <param name="Scale">[1] or empty: a factor of losses and gradient that only the device knows, see <see cref="IBackend.TargetWeight"/>.</param>
internal readonly record struct CrossEntropyOptions(
    int? IgnoreIndex = null, float LabelSmoothing = 0, DeviceSlice<float> ClassWeights = default, DeviceSlice<float> Scale = default);

/// <summary>Losses of one prediction x and its target y, named as PyTorch's; d = x − y.</summary>
internal enum LossFunction
{
    /// <summary>−y·log σ(x) − (1−y)·log(1−σ(x)).</summary>
    BinaryCrossEntropyWithLogits = Kernels.ElementLosses.BinaryCrossEntropy,

    /// <summary>d².</summary>
    MeanSquaredError = Kernels.ElementLosses.Squared,

    /// <summary>|d|; its gradient is 0 at 0.</summary>
    MeanAbsoluteError = Kernels.ElementLosses.Absolute,

    /// <summary>d²/2 where |d| &lt; δ, else δ·(|d| − δ/2).</summary>
    Huber = Kernels.ElementLosses.Huber,
}

/// <summary>What a sequence is reduced to.</summary>
internal enum Pooling
{
    Last = Kernels.PoolingKernels.Last,
    Mean = Kernels.PoolingKernels.Mean,
    Max = Kernels.PoolingKernels.Max,
}
