using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

/// <summary>Writes one C# method as one C function: its head here, its statements, expressions, views and calls in the files beside.</summary>
internal sealed partial class FunctionWriter(Unit unit, IMethodSymbol method, bool isKernel)
{
    private readonly StringBuilder body = new();
    private readonly StringBuilder hoisted = new();
    private readonly Dictionary<ISymbol, ViewText> views = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, AddressSpace> references = new(SymbolEqualityComparer.Default);
    private readonly HashSet<string> arrays = new(StringComparer.Ordinal);
    private int depth = 1;
    private bool exchanges;

    private Dialect Dialect => unit.Dialect;

    public string Kernel(string name, IMethodBodyBaseOperation source, IReadOnlyList<object> constants)
    {
        Bind(constants);
        var parameters = new List<string>();
        foreach (IParameterSymbol parameter in method.Parameters.Where(p => !TypeText.IsSpecialized(p.Type)))
        {
            SyntaxNode where = parameter.DeclaringSyntaxReferences[0].GetSyntax();
            string own = Names.Variable(parameter.Name);
            if (TypeText.IsView(parameter.Type))
            {
                string type = $"{Dialect.Qualifier(AddressSpace.Global)}{unit.StoredNameOf(TypeText.Element(parameter.Type), where)}*";
                parameters.Add($"{type} {own}_buffer, long {own}_offset, long {own}_length");
                Line($"{type} {own} = {own}_buffer + {own}_offset;");
                views[parameter] = new(own, own + "_length", AddressSpace.Global, TypeText.Element(parameter.Type));
            }
            else if (parameter.Type.SpecialType == SpecialType.System_Boolean)
            {
                parameters.Add($"uchar {own}_byte");
                Line($"bool {own} = {own}_byte != 0;");
            }
            else
            {
                parameters.Add($"{unit.StoredNameOf(parameter.Type, where)} {own}");
            }
        }

        Statements(source);
        if (unit.Features.DynamicSharedMemory)
        {
            if (Dialect.HasAddressSpaces)
            {
                parameters.Add("__local uchar* lgk_dynamic, int lgk_dynamic_bytes");
            }
            else
            {
                hoisted.Append("    int lgk_dynamic_bytes;\n    asm(\"mov.u32 %0, %%dynamic_smem_size;\" : \"=r\"(lgk_dynamic_bytes));\n");
            }
        }

        if (exchanges)
        {
            hoisted.Append("    ").Append(Dialect.Shared("uint", ExchangeFunctions.Buffer, ExchangeFunctions.Length(unit.GroupSize, Dialect))).Append('\n');
        }

        return $"{Dialect.KernelPrefix(unit.GroupSize)}{name}({string.Join(", ", parameters)})\n{{\n{hoisted}{body}}}\n";
    }

    public string Helper(string name, IMethodBodyBaseOperation source, IReadOnlyList<AddressSpace> spaces, IReadOnlyList<object> constants)
    {
        Bind(constants);
        var parameters = new List<string>();
        int next = 0;
        foreach (IParameterSymbol parameter in method.Parameters.Where(p => !TypeText.IsSpecialized(p.Type)))
        {
            SyntaxNode where = parameter.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() ?? source.Syntax;
            string own = Names.Variable(parameter.Name);
            if (TypeText.IsView(parameter.Type))
            {
                ITypeSymbol element = TypeText.Element(parameter.Type);
                AddressSpace space = spaces[next++];
                parameters.Add($"{Dialect.Qualifier(space)}{unit.StoredNameOf(element, where)}* {own}, long {own}_length");
                views[parameter] = new(own, own + "_length", space, element);
            }
            else if (parameter.RefKind is RefKind.Ref or RefKind.Out)
            {
                AddressSpace space = spaces[next++];
                parameters.Add($"{Dialect.Qualifier(space)}{unit.NameOf(parameter.Type, where)}* {own}");
                references[parameter] = space;
            }
            else
            {
                parameters.Add($"{unit.NameOf(parameter.Type, where)} {own}");
            }
        }

        bool isConstructor = method.MethodKind == MethodKind.Constructor;
        string result = isConstructor ? unit.NameOf(method.ContainingType, source.Syntax) : ResultType(source.Syntax);
        if (isConstructor)
        {
            Line($"{result} self = {Zero(method.ContainingType, source.Syntax)};");
        }

        Statements(source);
        if (isConstructor)
        {
            Line("return self;");
        }

        if (exchanges)
        {
            unit.Exchanging.Add(name);
            parameters.Add(ExchangeFunctions.Parameter(Dialect));
        }

        string list = parameters.Count == 0 ? "void" : string.Join(", ", parameters);
        return $"{Dialect.FunctionPrefix}{result} {name}({list})\n{{\n{hoisted}{body}}}\n";
    }

    private void Bind(IReadOnlyList<object> constants)
    {
        int next = 0;
        foreach (IParameterSymbol parameter in Specialization.Parameters(method))
        {
            known[parameter] = constants[next++];
        }
    }

    private string ResultType(SyntaxNode where)
    {
        if (TypeText.IsView(method.ReturnType) || method.ReturnsByRef || method.ReturnsByRefReadonly)
        {
            unit.Report(Rules.AddressSpace, where);
            return "void";
        }

        return unit.NameOf(method.ReturnType, where);
    }

    private void Statements(IMethodBodyBaseOperation source)
    {
        if (method.IsAsync)
        {
            unit.Report(Rules.Async, source.Syntax);
            return;
        }

        foreach (IOperation statement in (source.BlockBody ?? source.ExpressionBody)?.Operations ?? [])
        {
            Statement(statement);
        }
    }

    private void Line(string text) => body.Append(' ', depth * 4).Append(text).Append('\n');

    private string Outside(DiagnosticDescriptor rule, IOperation where, params object[] arguments)
    {
        unit.Report(rule, where.Syntax, arguments);
        return "0";
    }

    private string Unknown(IOperation operation)
    {
        string text = operation.Syntax.ToString();
        return Outside(Rules.Construct, operation, text.Length > 60 ? text.Substring(0, 60) + "…" : text);
    }
}
