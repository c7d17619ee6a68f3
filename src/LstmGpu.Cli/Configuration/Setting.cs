using System.Globalization;
using System.Text.Json.Nodes;

namespace LstmGpu.Cli.Configuration;

/// <summary>One setting of <see cref="RunOptions"/>: where it lives, how it is spelled, and what it accepts.</summary>
/// <param name="Path">Such as <c>training.learning_rate</c>.</param>
/// <param name="Flag">Such as <c>--lr</c>.</param>
/// <param name="Type"><see cref="int"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or <see cref="string"/>, without its nullability.</param>
/// <param name="Default">As written in JSON; null where the setting is left out.</param>
internal sealed record Setting(
    string Path,
    string Flag,
    string Description,
    Type Type,
    bool Nullable,
    NumberRange Range,
    IReadOnlyList<string>? OneOf,
    JsonNode? Default)
{
    public string Section => Path[..Path.IndexOf('.')];

    /// <summary>The last segment of the path.</summary>
    public string Name => Path[(Path.IndexOf('.') + 1)..];

    public bool IsWhole => Type == typeof(int) || Type == typeof(long);

    public bool IsNumber => IsWhole || Type == typeof(double);

    /// <summary>The flag alone means true.</summary>
    public bool IsSwitch => Type == typeof(bool);

    /// <summary>What the setting accepts, for messages and help.</summary>
    public string Expected
    {
        get
        {
            string words = OneOf is not null ? $"one of {string.Join(", ", OneOf)}"
                : IsWhole ? NumberText.WholeWords(Range)
                : IsNumber ? NumberText.RealWords(Range)
                : IsSwitch ? "true or false"
                : "a text that is not empty";
            return Nullable ? words + ", or null" : words;
        }
    }

    /// <summary>One line of help: description, default and range.</summary>
    public string Help
    {
        get
        {
            string range = OneOf is not null ? string.Join(" | ", OneOf) : IsNumber ? Range.Words() : "";
            string[] notes = [.. new[] { Default is null ? "" : "default " + Text(Default), range }.Where(note => note.Length > 0)];
            return notes.Length == 0 ? Description : $"{Description} [{string.Join("; ", notes)}]";
        }
    }

    /// <summary>Reads a value as typed after a flag or in <c>--set path=value</c>.</summary>
    /// <param name="text">The value; <c>null</c> leaves a nullable setting out.</param>
    /// <param name="name">How the user named the setting, for the message.</param>
    /// <exception cref="ConfigurationException">Wrong type or out of range.</exception>
    public JsonNode? FromText(string text, string name)
    {
        if (text == "null")
        {
            return Nullable ? null : throw NumberText.Unusable(name, "null", Expected);
        }

        return IsWhole ? JsonValue.Create(NumberText.Whole(name, text, Range))
            : IsNumber ? JsonValue.Create(NumberText.Real(name, text, Range))
            : IsSwitch ? JsonValue.Create(text switch { "true" => true, "false" => false, _ => throw NumberText.Unusable(name, $"'{text}'", Expected) })
            : Word(text, name);
    }

    /// <summary>A value as plain text: <c>null</c>, the number or the words without quotes.</summary>
    public static string Text(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue one when one.TryGetValue(out string? words) => words,
        JsonValue one when one.TryGetValue(out double number) => number.ToString(CultureInfo.InvariantCulture),
        _ => value.ToJsonString(),
    };

    private JsonNode Word(string text, string name)
    {
        if (OneOf is not null && !OneOf.Contains(text, StringComparer.Ordinal))
        {
            string hint = Suggestion.Nearest(text, OneOf) is { } near ? $"; did you mean '{near}'?" : "";
            throw NumberText.Unusable(name, $"'{text}'", Expected + hint);
        }

        return text.Length > 0 ? JsonValue.Create(text) : throw NumberText.Unusable(name, "an empty text", Expected);
    }
}
