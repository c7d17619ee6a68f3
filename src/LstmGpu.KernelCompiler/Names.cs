using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>C# names as C names: no keyword, no built-in function, no vector type, and '_' left free for the translator's own suffixes.</summary>
internal static class Names
{
    private static readonly HashSet<string> Reserved = new(
        ("auto char const double enum extern float goto inline int long register restrict return short signed sizeof static struct typedef union unsigned "
        + "void volatile uchar ushort uint ulong half bool true false kernel global local constant private image event sampler size_t NULL INFINITY NAN "
        + "barrier floor ceil trunc rint fabs sqrt mem_fence asm class delete explicit export friend mutable namespace new operator template this typename "
        + "using virtual and or not xor main self unix linux MAXFLOAT").Split(' '));

    private static readonly Regex Vector = new("^(char|uchar|short|ushort|int|uint|long|ulong|float|double|half)(2|3|4|8|16)$");

    public static string Variable(string name) => Reserved.Contains(name) || Vector.IsMatch(name) || name.StartsWith("as_", StringComparison.Ordinal)
        ? name + "_"
        : Plain(name);

    public static string Function(IMethodSymbol method) => Plain(method.ContainingType.Name) + "_" + Plain(method.MethodKind switch
    {
        MethodKind.Constructor => "new",
        _ => method.Name,
    });

    public static string Struct(ITypeSymbol type) => Plain(type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)) + "_t";

    private static string Plain(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (c == '_')
            {
                text.Append("__");
            }
            else if (c < 128 && char.IsLetterOrDigit(c))
            {
                text.Append(c);
            }
            else
            {
                text.Append("_u").Append(((int)c).ToString("X4", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return text.ToString();
    }
}
