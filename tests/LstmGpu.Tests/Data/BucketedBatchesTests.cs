using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class BucketedBatchesTests
{
    [Theory]
    [InlineData(1, 4)]
    [InlineData(257, 7)]
    public void Epoch_MeetsEveryExampleOnce_AndIsTheSameFromAnyStep(int count, int batch)
    {
        int[] lengths = [.. Enumerable.Range(0, count).Select(n => 1 + n * 31 % 40)];
        BucketedBatches all = new(lengths, batch, seed: 5);
        for (long epoch = 0; epoch < 3; epoch++)
        {
            long first = epoch * all.BatchesPerEpoch;
            int[][] seen = [.. Enumerable.Range(0, all.BatchesPerEpoch).Select(n => all.Batch(first + n).ToArray())];
            Assert.Equal(Enumerable.Range(0, count), seen.SelectMany(b => b).Order());
            Assert.Equal(seen[^1], new BucketedBatches(lengths, batch, seed: 5).Batch(first + all.BatchesPerEpoch - 1).ToArray());
        }

        Assert.True(count == 1 || all.Padding(0).Padded < 0.1);
        Assert.True(count == 1 || !all.Batch(0).SequenceEqual(new BucketedBatches(lengths, batch, seed: 6).Batch(0)));
    }

    [SkippableFact]
    public void EveryFifthName_LeavesWhatTheDataSetSays()
    {
        string names = Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared", "data", "names");
        Skip.IfNot(Directory.Exists(names), "no shared/data/names");

        LabelledFolder folder = LabelledFolder.Read(names);
        (int[] training, int[] heldOut) = HoldOut.Parse("every:5").Split([.. folder.Examples.Select(e => e.Group)], 0, names);

        Assert.Equal((16_050, 4_000, 18), (training.Length, heldOut.Length, LabelVocabulary.FromLabels(folder.Examples.Select(e => e.Label), names).Count));
        Assert.Single(folder.Skipped);
    }
}
