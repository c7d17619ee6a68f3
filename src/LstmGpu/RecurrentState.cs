namespace LstmGpu;

/// <summary>States of all layers, or their gradients.</summary>
/// <param name="Hidden">h, [L·D,B,P].</param>
/// <param name="Cell">c, [L·D,B,H]; empty where the cell has none.</param>
public sealed record RecurrentState(float[] Hidden, float[] Cell);

/// <summary>What a forward pass gives.</summary>
/// <param name="Output">h of the last layer at every step, [T,B,D·P] or, batch first, [B,T,D·P]; 0 beyond a row's length.</param>
/// <param name="State">The state after each row's own last step.</param>
public sealed record RecurrentOutput(float[] Output, RecurrentState State);

/// <summary>What a backward pass gives beside the gradients of the parameters.</summary>
/// <param name="Input">Gradient of the input, in its shape; 0 beyond a row's length.</param>
/// <param name="State">Gradient of the initial state.</param>
public sealed record RecurrentGradient(float[] Input, RecurrentState State);

/// <summary>Which dropout masks a training pass draws: the same pair gives the same masks, on every device.</summary>
/// <param name="Seed">Of the run.</param>
/// <param name="Step">Of the optimizer.</param>
public readonly record struct DropoutMasks(long Seed, long Step);
