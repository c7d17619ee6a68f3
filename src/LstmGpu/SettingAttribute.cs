namespace LstmGpu;

/// <summary>
/// Describes one setting beside the property that holds it: the flag, help text, JSON schema and range check are all made from this.
/// The path of a setting (`model.hidden`) is made of its property names in snake_case.
/// </summary>
/// <param name="flag">The command-line flag, such as <c>--hidden</c>.</param>
/// <param name="description">One line of help, without a final full stop.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string flag, string description) : Attribute
{
    public string Flag { get; } = flag;

    public string Description { get; } = description;

    /// <summary>Smallest legal number, inclusive unless <see cref="ExclusiveMinimum"/>.</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>Largest legal number, inclusive unless <see cref="ExclusiveMaximum"/>.</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;

    public bool ExclusiveMinimum { get; init; }

    public bool ExclusiveMaximum { get; init; }

    internal NumberRange Range => new(Minimum, Maximum, ExclusiveMinimum, ExclusiveMaximum);

    /// <summary>The legal words, when the setting is one of a list.</summary>
    public string[]? OneOf { get; init; }
}
