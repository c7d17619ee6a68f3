namespace LstmGpu.KernelCompiler;

/// <summary>Operations of C# for which C has no operator with the same result for every input.</summary>
internal static class SupportFunctions
{
    /// <summary>By name: lgk_{float|double}_to_{int|uint|long|ulong}, lgk_float_to_half, lgk_half_to_float, those of <see cref="DeviceFunctions"/>, <see cref="ExchangeFunctions"/> and lgk_{min|max}_{float|double}.</summary>
    public static string Text(string name, Dialect dialect, (int X, int Y, int Z) group)
    {
        string[] words = name.Split('_');
        return words[1] is TensorFunctions.Prefix ? TensorFunctions.Text(name)
            : words[1] is "coherent" or "cluster" or "approximate" ? DeviceFunctions.Text(name)
            : words[1] is "shuffle" or "group" ? ExchangeFunctions.Text(name, dialect, group)
            : words.Contains("half") ? dialect.HalfConversion(name, toHalf: words[3] == "half")
            : words[2] == "to" ? Conversion(name, words[1], words[3]) : Extreme(name, words[1], words[2], dialect);
    }

    // .NET: a number outside the range becomes the nearest end of it, NaN becomes 0. C leaves both undefined.
    private static string Conversion(string name, string from, string to)
    {
        (string low, string high, string least, string most) = to switch
        {
            "int" => ("-2147483648.0", "2147483648.0", "(-2147483647 - 1)", "2147483647"),
            "uint" => ("0.0", "4294967296.0", "0u", "4294967295u"),
            "long" => ("-9223372036854775808.0", "9223372036854775808.0", "(-9223372036854775807L - 1L)", "9223372036854775807L"),
            _ => ("0.0", "18446744073709551616.0", "0UL", "18446744073709551615UL"),
        };
        string f = from == "float" ? "f" : "";
        return $$"""
            {{to}} {{name}}({{from}} x)
            {
                if (x != x)
                {
                    return 0;
                }
                return x >= {{high}}{{f}} ? {{most}} : x <= {{low}}{{f}} ? {{least}} : ({{to}})x;
            }

            """;
    }

    // IEEE 754-2019 minimum and maximum: NaN wins, and -0 is less than +0.
    private static string Extreme(string name, string which, string type, Dialect dialect)
    {
        string bits = type == "float" ? "int" : "long";
        string better = which == "min" ? "x < y" : "y < x";
        string equal = which == "min"
            ? $"{dialect.BitCast(bits, "x")} < 0 ? x : y"
            : $"{dialect.BitCast(bits, "y")} < 0 ? x : y";
        return $$"""
            {{type}} {{name}}({{type}} x, {{type}} y)
            {
                if (x == y)
                {
                    return {{equal}};
                }
                return x != x || {{better}} ? x : y;
            }

            """;
    }
}
