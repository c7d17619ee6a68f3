using System.Globalization;

namespace LstmGpu.Data;

/// <summary>
/// A price-like series: y_n = 100·e^{0.002·n}·(1 + 0.2·sin(2πn/P) + 0.1·cos(4πn/P))·e^{u_n} with u_n = 0.7·u_{n−1} + 0.01·ε_n and ε normal: growth, a season
/// that grows with the level, and noise that is partly known from the row before.
/// </summary>
internal static class PriceSeries
{
    /// <summary>The lines of a CSV file, the header first.</summary>
    public static IEnumerable<string> Lines(long seed, int rows, int season)
    {
        yield return "row,price";
        double noise = 0;
        for (int n = 0; n < rows; n++)
        {
            noise = 0.7 * noise + 0.01 * Normal(seed, n);
            double angle = 2 * Math.PI * (n % season) / season;
            double price = 100 * Math.Exp(0.002 * n + noise) * (1 + 0.2 * Math.Sin(angle) + 0.1 * Math.Cos(2 * angle));
            yield return string.Create(CultureInfo.InvariantCulture, $"{n},{price:F2}");
        }
    }

    // Box and Muller 1958.
    private static double Normal(long seed, int row) =>
        Math.Sqrt(-2 * Math.Log(1 - AddingProblem.Draw(seed, row, 0))) * Math.Cos(2 * Math.PI * AddingProblem.Draw(seed, row, 1));
}
