namespace LstmGpu.Devices;

/// <summary>
/// Cells of the general recurrence. Legend: x input, h' and c' the states before the step, σ the logistic function; weights stacked as PyTorch's.
/// </summary>
internal enum CellKind
{
    /// <summary>i,f,o = σ(·), g = tanh(·), c = f∘c' + i∘g, h = o∘tanh(c). Gates i, f, g, o.</summary>
    Lstm,

    /// <summary>r,z = σ(·), n = tanh(W_in·x + b_in + r∘(W_hn·h' + b_hn)), h = (1−z)∘n + z∘h'. PyTorch's and cuDNN's. Gates r, z, n.</summary>
    Gru,

    /// <summary>The same with n = tanh(W_in·x + b_in + W_hn·(r∘h') + b_hn): Cho et al. 2014, ONNX's default.</summary>
    GruResetBefore,

    /// <summary>h = tanh(W_ih·x + b_ih + W_hh·h' + b_hh).</summary>
    RnnTanh,

    /// <summary>h = max(0, the same).</summary>
    RnnRelu,
}

/// <summary>
/// What a cell does beyond its equations. Options of the LSTM alone: peepholes, coupling, layer normalisation, the clip of the cell, zoneout of the cell.
/// </summary>
/// <param name="Peephole">a_i += p_i∘c', a_f += p_f∘c', a_o += p_o∘c (Gers and Schmidhuber 2000).</param>
/// <param name="Coupled">
/// f = 1 − i (Greff et al. 2017; ONNX's input_forget): the forget rows of the weights, biases, norms and peepholes have no part in it, and no gradient.
/// </param>
/// <param name="LayerNorm">
/// a = γ_ih∘norm(W_ih·x) + γ_hh∘norm(W_hh·h') + b_ih + b_hh over all 4H, and h = o∘tanh(γ_c∘norm(c) + β_c) over H; c itself is carried as it is
/// (Ba, Kiros and Hinton 2016). norm(v) = (v − mean)/√(var + 1e-5). With coupling over the 3H of the gates that there are; those of f are 0.
/// </param>
/// <param name="CellClip">
/// c is clamped to ±this after the update and before all that reads it, 0: not at all; where it is clamped its gradient is 0.
/// </param>
/// <param name="ZoneoutHidden">Probability that an element of h, after the projection, keeps its value of the step before (Krueger et al. 2017).</param>
/// <param name="ZoneoutCell">The same of c; a_o's peephole and h are computed from the new cell, not from the kept one.</param>
internal readonly record struct CellOptions(
    bool Peephole = false, bool Coupled = false, bool LayerNorm = false, float CellClip = 0, float ZoneoutHidden = 0, float ZoneoutCell = 0)
{
    public const float NormEpsilon = 1e-5f;
}

/// <summary>Sizes of one layer's call in one direction: T steps, B batch, I input, H units, P outputs: H, or less with a projection (LSTM).</summary>
internal readonly record struct RecurrentShape(CellKind Cell, int T, int B, int I, int H, int P)
{
    /// <summary>G: blocks of H rows in the weights.</summary>
    public int Gates => Cell switch { CellKind.Lstm => 4, CellKind.Gru or CellKind.GruResetBefore => 3, _ => 1 };

    public int GateWidth => Gates * H;

    public int Rows => T * B;

    public bool HasCellState => Cell == CellKind.Lstm;

    public bool HasProjection => P != H;

    /// <summary>The gates need their input part and their hidden part apart: <see cref="RecurrentReserve.HiddenGates"/>.</summary>
    public bool SeparatesHidden(CellOptions options) => Cell is CellKind.Gru or CellKind.GruResetBefore || options.LayerNorm;

    public LstmShape AsLstm() => new(T, B, I, H);
}

/// <summary>Parameters of one layer in one direction; a slice that the options do not ask for is empty. The same type holds their gradients.</summary>
internal readonly record struct RecurrentWeights(
    DeviceSlice<float> WeightIh,       // [G·H,I]
    DeviceSlice<float> WeightHh,       // [G·H,P]
    DeviceSlice<float> BiasIh,         // [G·H] or empty, as BiasHh
    DeviceSlice<float> BiasHh,         // [G·H]
    DeviceSlice<float> WeightHr,       // [P,H] projection: h = W_hr·(o∘tanh(c))
    DeviceSlice<float> Peephole,       // [3,H] p_i, p_f, p_o
    DeviceSlice<float> NormIh,         // [4H] γ_ih
    DeviceSlice<float> NormHh,         // [4H] γ_hh
    DeviceSlice<float> NormCell,       // [H] γ_c
    DeviceSlice<float> NormCellBias);  // [H] β_c

/// <summary>
/// What forward leaves for backward; a slice that the options do not need is empty. Slot 0 of a history is the initial state, slot t+1 the state after
/// step t. At a padded step (t ≥ lengths[b]) gates and h are 0 and c is carried on.
/// </summary>
internal readonly record struct RecurrentReserve(
    DeviceSlice<float> Hidden,         // [T+1,B,P]
    DeviceSlice<float> Cell,           // [T+1,B,H] LSTM
    DeviceSlice<float> Gates,          // [T,B,G·H] forward: after activation, g and n without mask; backward: gradients before activation, of the input part
    DeviceSlice<float> HiddenGates,    // [T,B,G·H] where SeparatesHidden: what backward needs of the hidden part; backward: gradients of W_hh·h' (+ b_hh)
    DeviceSlice<float> HiddenInput,    // [T,B,P] h' ∘ mask, with RecurrentMasks.Hidden
    DeviceSlice<float> ResetHidden,    // [T,B,H] r∘h'∘mask, GruResetBefore
    DeviceSlice<float> Unprojected,    // [T,B,H] o∘tanh(c), with a projection
    DeviceSlice<float> InputNorm,      // [T,B,4H] norm(W_ih·x), LayerNorm; backward: gradients of W_ih·x
    DeviceSlice<float> CellNorm,       // [T,B,H] norm(c), LayerNorm
    DeviceSlice<float> NormScales);    // [3,T,B] 1/√(var+ε) of the input part, the hidden part and the cell, LayerNorm

/// <summary>
/// Masks of the training pass, all empty at evaluation. They are what <see cref="IBackend.Dropout(DeviceSlice{float}, DeviceSlice{float}, float, DropoutKey)"/> makes of ones: 0 or 1/(1−p).
/// </summary>
internal readonly record struct RecurrentMasks(
    DeviceSlice<float> Hidden,         // [B,P] one mask for all steps: W_hh·(h'∘mask) (Gal and Ghahramani 2016)
    DeviceSlice<float> Candidate,      // [T,B,H] LSTM: g∘mask, GRU: n∘mask (Semeniuta et al. 2016)
    DeviceSlice<float> ZoneoutHidden,  // [T,B,P] 0 where h keeps the value of the step before; empty: the expectation p·h' + (1−p)·h
    DeviceSlice<float> ZoneoutCell);   // [T,B,H] the same of c

/// <summary>What backward reads (dHidden, dStateH, dStateC) and writes. Parameter gradients are added to; dX is overwritten.</summary>
internal readonly record struct RecurrentGradients(
    RecurrentWeights Weights,          // gradients of the parameters
    DeviceSlice<float> DHidden,        // [T,B,P] in: gradient of each step's output; ignored at padded steps
    DeviceSlice<float> DX,             // [T,B,I] out (0 at padded steps), or empty where nobody asks
    DeviceSlice<float> DStateH,        // [B,P] in: gradient of h after each row's own last step; out: gradient of h_0
    DeviceSlice<float> DStateC,        // [B,H] in: gradient of c there; out: gradient of c_0. LSTM
    DeviceSlice<float> Workspace);
