using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

/// <summary>One C text in the making: the structs and functions that a kernel turned out to need, in the order in which C must read them.</summary>
internal sealed class Unit(Compilation compilation, Dialect dialect, CancellationToken cancellation)
{
    private readonly List<string> structs = [];
    private readonly List<string> functions = [];
    private readonly Dictionary<ITypeSymbol, string> structNames = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<string, string> written = new(StringComparer.Ordinal);
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly HashSet<string> support = new(StringComparer.Ordinal);
    private readonly Stack<ISymbol> calls = new();

    public Dialect Dialect { get; } = dialect;

    public Features Features { get; } = new();

    public (int X, int Y, int Z) GroupSize { get; init; } = (1, 1, 1);

    /// <summary>Functions that take the memory of <see cref="ExchangeFunctions"/> as their last argument.</summary>
    public HashSet<string> Exchanging { get; } = new(StringComparer.Ordinal);

    public List<Diagnostic> Diagnostics { get; } = [];

    public void Report(DiagnosticDescriptor rule, SyntaxNode where, params object[] arguments)
    {
        var diagnostic = Diagnostic.Create(rule, where.GetLocation(), arguments);
        if (!Diagnostics.Contains(diagnostic))
        {
            Diagnostics.Add(diagnostic);
        }
    }

    public IOperation? BodyOf(IMethodSymbol method)
    {
        SyntaxNode? syntax = method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellation);
        return syntax is null ? null : ModelOf(syntax).GetOperation(syntax, cancellation);
    }

    public IOperation? InitialiserOf(IFieldSymbol field)
    {
        SyntaxNode? syntax = field.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellation);
        return syntax is Microsoft.CodeAnalysis.CSharp.Syntax.VariableDeclaratorSyntax { Initializer.Value: { } value }
            ? ModelOf(value).GetOperation(value, cancellation)
            : null;
    }

    public string NameOf(ITypeSymbol type, SyntaxNode where)
    {
        // A half is its bits everywhere; it becomes a number when it is converted.
        if (TypeText.IsHalf(type))
        {
            return "ushort";
        }

        ITypeSymbol plain = TypeText.Underlying(type);
        Features.Doubles |= plain.SpecialType == SpecialType.System_Double;
        string name = Dialect.Primitive(plain.SpecialType);
        if (name != "")
        {
            return name;
        }

        if (plain.SpecialType == SpecialType.System_Decimal)
        {
            Report(Rules.Decimal, where);
        }
        else if (plain.SpecialType == SpecialType.System_String)
        {
            Report(Rules.Text, where);
        }
        else if (plain.TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer)
        {
            Report(Rules.Pointer, where);
        }
        else if (plain.TypeKind == TypeKind.Delegate)
        {
            Report(Rules.Delegate, where);
        }
        else if (plain.IsReferenceType)
        {
            Report(Rules.ReferenceType, where, plain.ToDisplayString());
        }
        else if (plain.TypeKind == TypeKind.Struct && !TypeText.IsView(plain) && plain.DeclaringSyntaxReferences.Length > 0)
        {
            return StructOf(plain, where);
        }
        else
        {
            Report(Rules.Construct, where, plain.ToDisplayString());
        }

        return "int";
    }

    /// <summary>A type that lies in a buffer, a struct or shared memory, where host and device must agree on every byte.</summary>
    public string StoredNameOf(ITypeSymbol type, SyntaxNode where)
    {
        if (type.SpecialType is SpecialType.System_Boolean or SpecialType.System_Char || TypeText.IsView(type) || (TypeText.IsIlgpu(type) && !TypeText.IsHalf(type)))
        {
            Report(Rules.Layout, where, type.ToDisplayString());
            return "int";
        }

        return NameOf(type, where);
    }

    /// <summary>The C name of a function, written on first use; once per combination of address spaces and specialised values.</summary>
    public string Function(IMethodSymbol method, IReadOnlyList<AddressSpace> spaces, IReadOnlyList<object> constants, SyntaxNode where)
    {
        string suffix = Dialect.HasAddressSpaces && spaces.Count > 0 ? "_" + string.Concat(spaces.Select(s => s.ToString().ToLowerInvariant()[0])) : "";
        suffix += Specialization.Suffix(constants);
        string key = method.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat) + string.Join(",", method.Parameters.Select(p => p.RefKind + p.Type.ToDisplayString())) + "/" + suffix;
        if (written.TryGetValue(key, out string? known))
        {
            return known;
        }

        if (calls.Contains(method, SymbolEqualityComparer.Default))
        {
            Report(Rules.Recursion, where, method.Name);
            return "0";
        }

        if (BodyOf(method) is not IMethodBodyBaseOperation body)
        {
            Report(Rules.NoSource, where, method.ToDisplayString());
            return "0";
        }

        string name = Unused(Names.Function(method) + suffix);
        calls.Push(method);
        string text = new FunctionWriter(this, method, isKernel: false).Helper(name, body, spaces, constants);
        calls.Pop();
        written[key] = name;
        functions.Add(text);
        return name;
    }

    public void Kernel(IMethodSymbol method, string name, IMethodBodyBaseOperation body, IReadOnlyList<object> constants)
    {
        calls.Push(method);
        functions.Add(new FunctionWriter(this, method, isKernel: true).Kernel(name, body, constants));
    }

    /// <summary>A function of <see cref="SupportFunctions"/>, written on first use.</summary>
    public string Support(string name)
    {
        if (support.Add(name))
        {
            functions.Insert(support.Count - 1, Dialect.FunctionPrefix + SupportFunctions.Text(name, Dialect, GroupSize));
        }

        Features.Doubles |= name.Contains("double");
        return name;
    }

    public string Text()
    {
        var text = new StringBuilder(Dialect.Preamble(Features));
        foreach (string part in structs.Concat(functions))
        {
            text.Append('\n').Append(part);
        }

        return text.ToString();
    }

    public string Unused(string name)
    {
        string unique = name;
        for (int n = 2; !taken.Add(unique); n++)
        {
            unique = $"{name}_{n}";
        }

        return unique;
    }

    private SemanticModel ModelOf(SyntaxNode node) => compilation.GetSemanticModel(node.SyntaxTree);

    private string StructOf(ITypeSymbol type, SyntaxNode where)
    {
        if (structNames.TryGetValue(type, out string? known))
        {
            return known;
        }

        if (Vectors.Is(type))
        {
            return VectorOf(type, where);
        }

        var text = new StringBuilder("typedef struct\n{\n");
        foreach (IFieldSymbol field in TypeText.Fields(type))
        {
            text.Append($"    {StoredNameOf(field.Type, where)} {TypeText.FieldName(field)};\n");
        }

        string name = Unused(Names.Struct(type));
        structNames[type] = name;
        structs.Add(text.Append($"}} {name};\n").ToString());
        return name;
    }

    private string VectorOf(ITypeSymbol type, SyntaxNode where)
    {
        if (!Vectors.IsWellFormed(type))
        {
            Report(Rules.Vector, where, type.Name);
            return "int";
        }

        string name = Unused(Names.Struct(type));
        structNames[type] = name;
        IFieldSymbol[] fields = [.. TypeText.Fields(type)];
        structs.Add(Dialect.VectorType(name, NameOf(fields[0].Type, where), fields.Length));
        return name;
    }
}
