using LstmGpu.Devices;

namespace LstmGpu;

/// <summary>Everything that decides a training run. Serialised as <c>config.json</c>, snake_case, in this order.</summary>
public sealed record RunOptions
{
    public TaskOptions Task { get; init; } = new();

    public ModelOptions Model { get; init; } = new();

    public DataOptions Data { get; init; } = new();

    public ForecastOptions Forecast { get; init; } = new();

    public TrainingOptions Training { get; init; } = new();

    public DeviceOptions Device { get; init; } = new();
}

/// <summary>What is learned from what.</summary>
public sealed record TaskOptions
{
    [Setting("--task", "what is learned: the next character of a text, or its next word or byte pair; the label of a sequence or of every token; the next rows of a table's column, or one number for each sequence of a table", OneOf = ["char-lm", "word-lm", "classify", "tag", "forecast", "regress"])]
    public string Name { get; init; } = "char-lm";

    [Setting("--label-smoothing", "classify, tag: so much of the target goes to all labels alike (Szegedy et al. 2016)", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double LabelSmoothing { get; init; }

    [Setting("--class-weights", "classify, tag: balanced weighs a label by examples / (labels * examples of the label), as scikit-learn does", OneOf = ["none", "balanced"])]
    public string ClassWeights { get; init; } = "none";
}

/// <summary>The network: embedding or one-hot input, a stack of recurrent layers, a linear layer to the vocabulary.</summary>
public sealed record ModelOptions
{
    [Setting("--cell", "cell of the recurrent layers: gru as PyTorch's, gru-reset-before as the paper's; rnn with tanh or relu", OneOf = ["lstm", "gru", "gru-reset-before", "rnn", "rnn-relu"])]
    public string Cell { get; init; } = "lstm";

    [Setting("--embedding", "width of the embedding; 0 feeds the first layer one-hot vectors", Minimum = 0, Maximum = 65536)]
    public int Embedding { get; init; } = 64;

    [Setting("--embeddings", "a file of word vectors, GloVe or word2vec, that the embedding starts from; tokens that it lacks keep their drawn values")]
    public string? PretrainedEmbeddings { get; init; }

    [Setting("--freeze-embeddings", "the vectors of --embeddings stay as they are and are not trained")]
    public bool FreezeEmbeddings { get; init; }

    [Setting("--hidden", "hidden units of each recurrent layer", Minimum = 1, Maximum = 65536)]
    public int Hidden { get; init; } = 256;

    [Setting("--layers", "recurrent layers", Minimum = 1, Maximum = 64)]
    public int Layers { get; init; } = 1;

    [Setting("--bidirectional", "a second set of layers reads every sequence from its end; not for a language model, which must not see what it predicts")]
    public bool Bidirectional { get; init; }

    [Setting("--pooling", "what a sequence is reduced to before its one label or forecast", OneOf = ["last", "mean", "max"])]
    public string Pooling { get; init; } = "last";

    [Setting("--projection", "width to which an LSTM's output is projected, smaller than --hidden (PyTorch's proj_size); 0: none", Minimum = 0, Maximum = 65535)]
    public int Projection { get; init; }

    [Setting("--tie", "one matrix for the embedding and the linear layer (Press and Wolf 2017); needs --embedding as wide as the last layer")]
    public bool Tie { get; init; }

    [Setting("--forget-bias", "value of an LSTM's forget-gate bias at the start (Gers et al. 2000 advise 1); left out, PyTorch's uniform draw")]
    public double? ForgetBias { get; init; }

    [Setting("--peepholes", "the gates of an LSTM see its cell (Gers and Schmidhuber 2000)")]
    public bool Peepholes { get; init; }

    [Setting("--coupled", "the forget gate of an LSTM is one minus its input gate (Greff et al. 2017)")]
    public bool Coupled { get; init; }

    [Setting("--layer-norm", "layer normalisation inside an LSTM's cell (Ba et al. 2016)")]
    public bool LayerNorm { get; init; }

    [Setting("--cell-clip", "largest absolute value of an LSTM's cell; 0: no limit", Minimum = 0)]
    public double CellClip { get; init; }

    [Setting("--dropout", "probability of dropping an output of a layer: between layers, as nn.LSTM", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double Dropout { get; init; }

    [Setting("--output-dropout", "probability of dropping an output of the last layer, before the linear layer", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double OutputDropout { get; init; }

    [Setting("--input-dropout", "probability of dropping an input of the first layer", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double InputDropout { get; init; }

    [Setting("--variational", "--dropout, --output-dropout and --input-dropout use one mask for all steps of a window (Gal and Ghahramani 2016)")]
    public bool Variational { get; init; }

    [Setting("--hidden-dropout", "probability of dropping an element of the previous h in the recurrent product, one mask for all steps", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double HiddenDropout { get; init; }

    [Setting("--recurrent-dropout", "probability of dropping an element of the candidate g or n (Semeniuta et al. 2016)", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double RecurrentDropout { get; init; }

    [Setting("--weight-drop", "probability of dropping an element of W_hh, one mask per window (Merity et al. 2018)", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double WeightDrop { get; init; }

    [Setting("--zoneout", "probability that an element of h keeps its old value (Krueger et al. 2017)", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double Zoneout { get; init; }

    [Setting("--zoneout-cell", "the same of an LSTM's c", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double ZoneoutCell { get; init; }

    [Setting("--embedding-dropout", "probability of dropping a whole symbol from the embedding, one mask per window (Gal and Ghahramani 2016)", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double EmbeddingDropout { get; init; }

    [Setting("--activation-penalty", "alpha of the penalty on the mean square of the last layer's output (AR, Merity et al. 2017)", Minimum = 0)]
    public double ActivationPenalty { get; init; }

    [Setting("--temporal-penalty", "beta of the penalty on the mean square of its change from step to step (TAR)", Minimum = 0)]
    public double TemporalPenalty { get; init; }
}

/// <summary>The text and how it is split.</summary>
public sealed record DataOptions
{
    [Setting("--data", "a UTF-8 text file; left out, the bundled agreement corpus; classify: .csv, .tsv, .ts, or a folder with a text file or a folder per label; tag: a file of two columns; forecast, regress: a CSV file")]
    public string? Path { get; init; }

    [Setting("--vocabulary", "a JSON array of characters, or for word-lm of words, in id order, or the vocabulary.json of a word-lm run; left out, it is made of the training text")]
    public string? Vocabulary { get; init; }

    [Setting("--vocabulary-size", "word-lm: most words of the vocabulary, <unk> among them; left out, 10000", Minimum = 2, Maximum = 16777216)]
    public int? VocabularySize { get; init; }

    [Setting("--merges", "word-lm with --tokens bpe: pairs that are joined, which with the 256 bytes are the vocabulary; left out, 8000", Minimum = 0, Maximum = 16777216)]
    public int? Merges { get; init; }

    [Setting("--lower", "word-lm: text is lower-cased before it is looked up")]
    public bool Lower { get; init; }

    [Setting("--validation-fraction", "share of the text, from its end, that is held out; classify, tag: share of the examples, drawn by --seed, where --hold-out is left out", Minimum = 0, Maximum = 0.9)]
    public double ValidationFraction { get; init; } = 0.1;

    [Setting("--hold-out", "classify, tag: last:0.1, last:48 or every:5 of each label's file, random:0.2 drawn by --seed, or file:PATH")]
    public string? HoldOut { get; init; }

    [Setting("--tokens", "what a token is: word-lm: words (the default), with punctuation apart, or byte pairs; classify: characters (the default) or words", OneOf = ["characters", "words", "bpe"])]
    public string? Tokens { get; init; }

    [Setting("--min-count", "tokens that occur less often in the training part share one id; word-lm, classify, tag; left out, 2", Minimum = 1)]
    public int? MinCount { get; init; }

    [Setting("--max-length", "classify, tag: steps after which a sequence is cut; left out, none is", Minimum = 1)]
    public int? MaxLength { get; init; }

    [Setting("--text-column", "classify: the column of a CSV file that holds the text")]
    public string? TextColumn { get; init; }

    [Setting("--label-column", "classify: the column of a CSV file that holds the label; left out, label")]
    public string? LabelColumn { get; init; }

    [Setting("--feature-columns", "classify: columns of a CSV file that hold numbers, separated by commas; a row is a sequence with a column a step, or with --group-column a step")]
    public string? FeatureColumns { get; init; }

    [Setting("--group-column", "classify: neighbouring rows with the same value here are the steps of one sequence, the feature columns its features")]
    public string? GroupColumn { get; init; }

    [Setting("--feature-scaling", "classify: how numbers are scaled, each column or dimension for itself by the training part alone: to mean 0 and deviation 1 (left out), to 0…1, or not", OneOf = ["standard", "minmax", "none"])]
    public string? FeatureScaling { get; init; }
}

/// <summary>How the network is trained.</summary>
public sealed record TrainingOptions
{
    [Setting("--batch", "streams that are read side by side; classify, tag: sequences of a batch, which are of similar length", Minimum = 1, Maximum = 1048576)]
    public int Batch { get; init; } = 32;

    [Setting("--accumulate", "batches of one update, whose gradients are averaged; memory for one of them is enough", Minimum = 1, Maximum = 1048576)]
    public int Accumulate { get; init; } = 1;

    [Setting("--overfit-batch", "every step trains on the first batch and nothing is evaluated: a model that is set up well learns it by heart")]
    public bool OverfitBatch { get; init; }

    [Setting("--bptt", "time steps of one window of truncated backpropagation through time, of a language model", Minimum = 1, Maximum = 1048576)]
    public int Bptt { get; init; } = 64;

    [Setting("--steps", "optimizer updates in all; left out, --epochs decides", Minimum = 1)]
    public long? Steps { get; init; }

    [Setting("--epochs", "passes over the training text, where --steps is left out", Minimum = 1)]
    public int Epochs { get; init; } = 12;

    [Setting("--optimizer", "update rule, as PyTorch defines it", OneOf = ["sgd", "adam", "adamw", "rmsprop", "adagrad", "asgd"])]
    public string Optimizer { get; init; } = "adam";

    [Setting("--lr", "learning rate", Minimum = 0, ExclusiveMinimum = true)]
    public double LearningRate { get; init; } = 4e-3;

    [Setting("--momentum", "momentum of sgd and rmsprop", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double Momentum { get; init; }

    [Setting("--nesterov", "the momentum of sgd is Nesterov's")]
    public bool Nesterov { get; init; }

    [Setting("--weight-decay", "L2 penalty, or decoupled decay (adamw); left out, PyTorch's default: 0, adamw 0.01", Minimum = 0)]
    public double? WeightDecay { get; init; }

    [Setting("--beta1", "decay of the first moment of adam and adamw", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double Beta1 { get; init; } = 0.9;

    [Setting("--beta2", "decay of the second moment of adam and adamw", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double Beta2 { get; init; } = 0.999;

    [Setting("--alpha", "decay of the mean square of rmsprop", Minimum = 0, Maximum = 1, ExclusiveMaximum = true)]
    public double Alpha { get; init; } = 0.99;

    [Setting("--lr-decay", "learning rate decay of adagrad: step t has --lr divided by 1 + (t - 1) times this", Minimum = 0)]
    public double LearningRateDecay { get; init; }

    [Setting("--lambda", "decay of asgd, which multiplies the parameters by 1 minus this times the rate; left out, PyTorch's 1e-4, with --non-monotone 0", Minimum = 0)]
    public double? Lambda { get; init; }

    [Setting("--asgd-alpha", "power by which the rate of asgd falls: step t has --lr divided by (1 + --lambda times --lr times (t - 1)) to this", Minimum = 0)]
    public double AsgdAlpha { get; init; } = 0.75;

    [Setting("--t0", "updates of asgd before it averages the parameters; left out, PyTorch's 1000000", Minimum = 0)]
    public long? T0 { get; init; }

    [Setting("--non-monotone", "asgd averages from the evaluation that is worse than the best of those more than this many before it (NT-ASGD, Merity et al. 2018); 0: from --t0", Minimum = 0, Maximum = 1000000)]
    public int NonMonotone { get; init; }

    [Setting("--epsilon", "term that keeps the denominator of an update from zero; left out, PyTorch's default: 1e-8, adagrad 1e-10", Minimum = 0, ExclusiveMinimum = true)]
    public double? Epsilon { get; init; }

    [Setting("--schedule", "course of the learning rate", OneOf = ["constant", "linear", "cosine", "step", "exponential", "one-cycle", "plateau"])]
    public string Schedule { get; init; } = "constant";

    [Setting("--schedule-steps", "step at which linear and cosine reach zero and one-cycle ends; left out, the steps of the run", Minimum = 1)]
    public long? ScheduleSteps { get; init; }

    [Setting("--gamma", "factor of the learning rate, of every step (exponential) or every --gamma-steps (step)", Minimum = 0, ExclusiveMinimum = true, Maximum = 1)]
    public double? Gamma { get; init; }

    [Setting("--gamma-steps", "steps between two cuts of the schedule step", Minimum = 1)]
    public long? GammaSteps { get; init; }

    [Setting("--pct-start", "share of the steps in which one-cycle rises from a 25th of --lr, before it falls to 4e-6 of it", Minimum = 0, Maximum = 1)]
    public double PctStart { get; init; } = 0.3;

    [Setting("--plateau-factor", "factor of the learning rate when the schedule plateau cuts it", Minimum = 0, ExclusiveMinimum = true, Maximum = 1, ExclusiveMaximum = true)]
    public double PlateauFactor { get; init; } = 0.1;

    [Setting("--plateau-patience", "evaluations without improvement after which plateau cuts at the next", Minimum = 0)]
    public int PlateauPatience { get; init; } = 10;

    [Setting("--warmup-steps", "steps over which the learning rate rises from zero, under any schedule", Minimum = 0)]
    public long WarmupSteps { get; init; }

    [Setting("--clip-norm", "largest global gradient norm; 0 turns clipping off", Minimum = 0)]
    public double ClipNorm { get; init; }

    [Setting("--clip-value", "largest absolute gradient element; 0 turns clipping off", Minimum = 0)]
    public double ClipValue { get; init; }

    [Setting("--on-nan", "a step whose loss or gradient norm is not finite ends the run, or is passed over", OneOf = ["stop", "skip"])]
    public string OnNan { get; init; } = "stop";

    [Setting("--skip-limit", "steps in a row that --on-nan skip passes over; one more ends the run", Minimum = 1, Maximum = 1000000)]
    public int SkipLimit { get; init; } = 10;

    [Setting("--max-time", "time that a process may train, such as 90s, 15m, 2h or 1:30:00; the run then ends as done, `resume` continues it; left out, no limit")]
    public string? MaxTime { get; init; }

    [Setting("--seed", "seed of initialisation and dropout", Minimum = 0, Maximum = 9007199254740991)]
    public long Seed { get; init; } = 1;

    [Setting("--init", "a safetensors file whose tensors replace the drawn parameters")]
    public string? Init { get; init; }

    [Setting("--log-every", "steps between lines of metrics.jsonl", Minimum = 1)]
    public long LogEvery { get; init; } = 100;

    [Setting("--eval-every", "steps between evaluations on the held-out text; 0: only at the end", Minimum = 0)]
    public long EvalEvery { get; init; } = 500;

    [Setting("--patience", "evaluations in a row without a new best after which the run ends; 0: none", Minimum = 0)]
    public int Patience { get; init; }

    [Setting("--save-every", "steps between checkpoints; 0: only at the end", Minimum = 0)]
    public long SaveEvery { get; init; } = 500;

    [Setting("--keep", "checkpoints that are kept: all, or last:N; the best is always kept")]
    public string Keep { get; init; } = "last:3";
}

/// <summary>Where the run happens.</summary>
public sealed record DeviceOptions
{
    [Setting("--device", "auto, or the name of a device that `lstmgpu devices` lists")]
    public string Name { get; init; } = "auto";

    [Setting("--threads", "threads of the device cpu, 0: one for each core this process may use; other devices take no notice", Minimum = 0, Maximum = 1024)]
    public int Threads { get; init; }

    [Setting("--graph", "on: cuda captures a training step and replays it; off: it launches one kernel after the other; other devices take no notice", OneOf = ["on", "off"])]
    public string Graph { get; init; } = "on";

    [Setting("--precision", "rounding of the operands of matrix products, which sum in fp32; left out, tf32 on a CUDA device that has it, else fp32-strict", OneOf = [PrecisionWord.Fp32Strict, PrecisionWord.Tf32, PrecisionWord.Bf16, PrecisionWord.Fp16])]
    public string? Precision { get; init; }

    [Setting("--gemm", "matrix products of cuda by own kernels, by cublas where it is found, or auto: the faster of both, measured at the start", OneOf = [GemmWord.Own, GemmWord.Cublas, GemmWord.Auto])]
    public string Gemm { get; init; } = GemmWord.Own;
}
