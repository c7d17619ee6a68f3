namespace LstmGpu.Tasks.Metrics;

/// <summary>Precision tp/(tp+fp), recall tp/(tp+fn) and F1 = 2tp/(2tp+fp+fn); each is 0 where its denominator is 0 (scikit-learn's zero_division=0).</summary>
/// <param name="Support">Examples that count.</param>
internal readonly record struct ClassScore(double Precision, double Recall, double F1, long Support);
