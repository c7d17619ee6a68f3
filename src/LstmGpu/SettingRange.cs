using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace LstmGpu;

/// <summary>Holds options to the ranges of their <see cref="SettingAttribute"/>: what a program or an edited file set has passed no flag check.</summary>
internal static class SettingRange
{
    /// <exception cref="ConfigurationException">A value out of its range; the message names the setting, found and expected.</exception>
    public static void Check(RunOptions options)
    {
        foreach (PropertyInfo section in typeof(RunOptions).GetProperties())
        {
            object values = section.GetValue(options) ?? throw new ConfigurationException($"the section '{Name(section)}' is null, expected an object of settings");
            foreach (PropertyInfo property in values.GetType().GetProperties())
            {
                if (property.GetCustomAttribute<SettingAttribute>() is { } setting && property.GetValue(values) is { } value)
                {
                    Check($"{Name(section)}.{Name(property)}", setting, value);
                }
            }
        }
    }

    private static void Check(string path, SettingAttribute setting, object value)
    {
        if (value is string word)
        {
            if (setting.OneOf is { } words && !words.Contains(word))
            {
                throw new ConfigurationException($"{path} is '{word}', expected one of {string.Join(", ", words)}");
            }
            return;
        }
        if (value is bool)
        {
            return;
        }
        double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        if (!setting.Range.Contains(number))
        {
            throw new ConfigurationException(FormattableString.Invariant(
                $"{path} is {value}, expected a number {(setting.ExclusiveMinimum ? "above" : "of at least")} {setting.Minimum} and {(setting.ExclusiveMaximum ? "below" : "at most")} {setting.Maximum}"));
        }
    }

    private static string Name(PropertyInfo property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
}
