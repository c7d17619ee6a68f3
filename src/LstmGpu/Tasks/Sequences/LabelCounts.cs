using LstmGpu.Data;
using LstmGpu.Layers;

namespace LstmGpu.Tasks.Sequences;

/// <summary>Weights that follow from how often each label occurs.</summary>
internal static class LabelCounts
{
    /// <summary>scikit-learn's <c>compute_class_weight("balanced")</c>: n / (K·n_k), K the labels that occur; 0 for those that do not.</summary>
    public static float[] Balanced(SequenceSet training, int labels)
    {
        long[] counts = new long[labels];
        for (int n = 0; n < training.Count; n++)
        {
            int steps = training.HasStepLabels ? training.Lengths[n] : 1;
            int[] wanted = new int[steps];
            if (training.HasStepLabels)
            {
                training.CopyStepLabels([n], 1, wanted, LabelLoss.Ignored);
            }
            else
            {
                training.CopyLabels([n], wanted, LabelLoss.Ignored);
            }
            foreach (int label in wanted)
            {
                counts[label]++;
            }
        }
        int present = counts.Count(count => count > 0);
        return [.. counts.Select(count => count == 0 ? 0 : (float)((double)counts.Sum() / ((double)present * count)))];
    }
}
