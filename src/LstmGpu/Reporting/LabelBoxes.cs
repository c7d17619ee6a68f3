using System.Text;

namespace LstmGpu.Reporting;

/// <summary>Finds room for the labels of points: beside its point, within the frame, over no other point and no label that is there already.</summary>
internal sealed class LabelBoxes(double width, double height, double textHeight)
{
    private const double Gap = 5;
    private readonly List<Box> taken = [];

    /// <summary>Keeps labels off a point.</summary>
    public void AddPoint(double x, double y, double radius) => taken.Add(new(x - radius, y - radius, x + radius, y + radius));

    /// <summary>The middle of a label, or null where no place beside the point is free.</summary>
    public (double X, double Y)? Place(double x, double y, string text)
    {
        double half = Width(text, textHeight) / 2, across = half + Gap, down = (textHeight / 2) + Gap;
        ReadOnlySpan<(double X, double Y)> places =
            [(across, 0), (-across, 0), (0, -down), (0, down), (across - 1, -down + 1), (-across + 1, -down + 1), (across - 1, down - 1), (-across + 1, down - 1)];
        foreach ((double right, double below) in places)
        {
            (double centreX, double centreY) = (x + right, y + below);
            Box box = new(centreX - half, centreY - (textHeight / 2), centreX + half, centreY + (textHeight / 2));
            if (box.Left >= 0 && box.Top >= 0 && box.Right <= width && box.Bottom <= height && !taken.Exists(box.Meets))
            {
                taken.Add(box);
                return (centreX, centreY);
            }
        }

        return null;
    }

    // Without the font: about what sans-serif ones need, rather more than less.
    private static double Width(string text, double height) => height * text.EnumerateRunes().Sum(rune => rune.Value switch
    {
        'i' or 'j' or 'l' or 'I' or '.' or ',' or ':' or ';' or '\'' or '!' or '|' => 0.36,
        'm' or 'w' or 'M' or 'W' or '%' or '@' => 0.98,
        _ when IsWide(rune) => 1.0,
        _ => Rune.IsUpper(rune) ? 0.76 : 0.64,
    });

    private static bool IsWide(Rune rune) => rune.Value is >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF or >= 0xFF00 and <= 0xFF60 or >= 0x1F000;

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Meets(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
    }
}
