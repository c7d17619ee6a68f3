using LstmGpu.Data.Vectors;
using Xunit;

namespace LstmGpu.Tests.Data.Vectors;

public sealed class PrincipalComponentsTests
{
    private static readonly float[][] Tall = [[1, .5f, .25f], [1, -.5f, .25f], [.2f, .6f, -.1f], [.2f, -.55f, -.1f], [-.7f, .1f, .9f]];

    private static readonly float[][] Wide = [[1, 1, .2f, .2f, -.7f], [.5f, -.5f, .6f, -.55f, .1f], [.25f, .25f, -.1f, -.1f, .9f]];

    // x = torch.tensor([[1, .5, .25], [1, -.5, .25], [.2, .6, -.1], [.2, -.55, -.1], [-.7, .1, .9]]).double(); for x in (x, x.T):
    //   u, s, v = torch.linalg.svd(x - x.mean(0), full_matrices=False); p = u * s
    //   p = p * torch.sign(p[p.abs().argmax(0), torch.arange(3)])
    //   print(p[:, :2].T.tolist(), (s[:2] ** 2 / (len(x) - 1)).tolist(), (s[:2] ** 2 / (s ** 2).sum()).tolist())
    [Fact]
    public void Scores_OfMoreVectorsThanNumbers_AreThoseOfTheSingularValues() => AssertComponents(
        PrincipalComponents.Of(Tall, 2)!,
        [[-0.5567284558497452, -0.6708449625500372, 0.0765388880499204, -0.0546950987365396, 1.2057296290864015], [-0.5393820058530536, 0.45403755521462486, -0.5613235233002717, 0.5811090074550107, 0.06555896648368986]],
        [0.5556533077495381, 0.28853820105633116],
        [0.5807716852707515, 0.3015816066517705]);

    [Fact]
    public void Scores_OfFewerVectorsThanNumbers_AreThoseOfTheSingularValues() => AssertComponents(
        PrincipalComponents.Of(Wide, 2)!,
        [[1.224631369868095, -0.6117134390528175, -0.6129179308152773], [-0.00045869913838150696, 0.6997825200860813, -0.6993238209476996]],
        [1.1247918567488557, 0.48937479618390783],
        [0.6968251107809917, 0.3031748892190082]);

    [Fact]
    public void Sign_FollowsTheScoreFarthestFromZero_WhicheverWayTheVectorsPoint()
    {
        double[] scores = PrincipalComponents.Of(Tall, 1)!.Scores[0];
        double[] mirrored = PrincipalComponents.Of([.. Tall.Select(row => row.Select(value => -value).ToArray())], 1)!.Scores[0];
        Assert.Equal(scores, mirrored);
        Assert.True(scores.MaxBy(Math.Abs) > 0);
        Assert.Equal(2.5, PrincipalComponents.Of([[-3, -4], [0, 0]], 1)!.Scores[0][0], 1e-12); // of two equally far the first
    }

    [Fact]
    public void ComponentsThatAreNotThere_AreZero()
    {
        PrincipalComponents line = PrincipalComponents.Of([[1, 1, 1], [2, 2, 2], [4, 4, 4], [1, 1, 1]], 2)!;
        Assert.Equal([0, 0, 0, 0], line.Scores[1]);
        Assert.Equal(1, line.Shares[0], 1e-12);
        Assert.Equal(0, line.Shares[1]);
        PrincipalComponents single = PrincipalComponents.Of([[1], [3]], 2)!;
        Assert.Equal([0, 0], single.Scores[1]);
        Assert.Null(PrincipalComponents.Of([[1, 2], [1, 2], [1, 2]], 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public void Eigenvectors_AreOrthonormal_AndMultiplyByTheirValues(int size)
    {
        Random random = new(3);
        double[][] a = [.. Enumerable.Range(0, size).Select(_ => Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5).ToArray())];
        double[][] symmetric = [.. Enumerable.Range(0, size).Select(i => Enumerable.Range(0, size).Select(j => a[i][j] + a[j][i]).ToArray())];
        SymmetricEigen eigen = SymmetricEigen.Of([.. symmetric.Select(row => (double[])row.Clone())]);

        Assert.Equal(eigen.Values.OrderDescending(), eigen.Values);
        for (int k = 0; k < size; k++)
        {
            double[] v = eigen.Vectors[k];
            // Backward stable: errors of a few ‖A‖·2⁻⁵³·N, and ‖A‖ < 2N
            Assert.All(symmetric.Zip(v), row => Assert.Equal(eigen.Values[k] * row.Second, Dot(row.First, v), 1e-12));
            Assert.All(Enumerable.Range(0, size), other => Assert.Equal(other == k ? 1 : 0, Dot(eigen.Vectors[other], v), 1e-12));
        }
    }

    private static void AssertComponents(PrincipalComponents found, double[][] scores, double[] variances, double[] shares)
    {
        // The vectors are doubles there and floats here: 2⁻²⁴ of values up to 1
        Assert.All(scores.Zip(found.Scores), pair => Assert.All(pair.First.Zip(pair.Second), score => Assert.Equal(score.First, score.Second, 3e-7)));
        Assert.All(variances.Concat(shares).Zip(found.Variances.Concat(found.Shares)), pair => Assert.Equal(pair.First, pair.Second, 3e-7));
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
