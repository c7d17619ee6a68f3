using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    private string Call(IInvocationOperation call)
    {
        IMethodSymbol target = call.TargetMethod;
        INamedTypeSymbol owner = target.ContainingType;
        if (target.MethodKind == MethodKind.DelegateInvoke || target.MethodKind == MethodKind.LocalFunction)
        {
            return Outside(Rules.Delegate, call);
        }

        if (owner.SpecialType == SpecialType.System_String)
        {
            return Outside(Rules.Text, call);
        }

        if (!target.IsStatic)
        {
            return Outside(Rules.InstanceCall, call, target.Name);
        }

        if (TypeText.IsIlgpu(owner))
        {
            return Intrinsic(call) ?? Unknown(call);
        }

        return owner.ToDisplayString() switch
        {
            "System.MathF" or "System.Math" => ExactMath(call),
            "System.BitConverter" => Bits(call),
            TensorFunctions.Cores or TensorFunctions.Copies => Tensor(call),
            DeviceFunctions.Coherent or DeviceFunctions.Cluster or DeviceFunctions.Approximate => DeviceFunction(call),
            _ => Function(target, call.Arguments, call),
        };
    }

    private string Function(IMethodSymbol target, IReadOnlyList<IOperation> arguments, IOperation where)
    {
        if (target.IsGenericMethod)
        {
            return Unknown(where);
        }

        if (target.IsAsync)
        {
            return Outside(Rules.Async, where);
        }

        var spaces = new List<AddressSpace>();
        var constants = new List<object>();
        var values = new List<string>();
        IEnumerable<IOperation> ordered = arguments.OrderBy(a => a is IArgumentOperation { Parameter: { } p } ? p.Ordinal : 0);
        foreach (IOperation argument in ordered)
        {
            IOperation value = argument is IArgumentOperation wrapped ? wrapped.Value : argument;
            RefKind kind = argument is IArgumentOperation { Parameter: { } parameter } ? parameter.RefKind : RefKind.None;
            if (TypeText.IsView(value.Type))
            {
                ViewText view = View(value);
                spaces.Add(view.Space);
                values.Add($"{Bare(view.Pointer)}, {Bare(view.Length)}");
            }
            else if (TypeText.IsSpecialized(value.Type))
            {
                constants.Add(Constant(value) ?? 0);
            }
            else if (kind is RefKind.Ref or RefKind.Out)
            {
                values.Add(Address(value, out AddressSpace space));
                spaces.Add(space);
            }
            else
            {
                values.Add(Bare(Value(value)));
            }
        }

        string function = unit.Function(target, spaces, constants, where.Syntax);
        if (unit.Exchanging.Contains(function))
        {
            exchanges = true;
            values.Add(ExchangeFunctions.Buffer);
        }

        return $"{function}({string.Join(", ", values)})";
    }

    private string Address(IOperation place, out AddressSpace space)
    {
        space = SpaceOf(place);
        if (place is IDeclarationExpressionOperation { Expression: ILocalReferenceOperation declared })
        {
            Line($"{unit.NameOf(declared.Local.Type, place.Syntax)} {Names.Variable(declared.Local.Name)};");
            return "&" + Names.Variable(declared.Local.Name);
        }

        if (place is IDiscardOperation)
        {
            return Unknown(place);
        }

        string text = Value(place);
        return text.StartsWith("(*", StringComparison.Ordinal) && text.EndsWith(")", StringComparison.Ordinal) && text.IndexOf(')') == text.Length - 1
            ? text.Substring(2, text.Length - 3)
            : "&" + text;
    }

    private AddressSpace SpaceOf(IOperation place) => place switch
    {
        IFieldReferenceOperation { Instance: { } instance } => SpaceOf(instance),
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } instance } when TypeText.IsView(instance.Type) => View(instance).Space,
        IPropertyReferenceOperation { Instance: { } instance } => SpaceOf(instance),
        IParameterReferenceOperation parameter when references.TryGetValue(parameter.Parameter, out AddressSpace known) => known,
        _ => AddressSpace.Private,
    };

    private string ExactMath(IInvocationOperation call)
    {
        ITypeSymbol type = call.TargetMethod.ReturnType;
        bool isDouble = type.SpecialType == SpecialType.System_Double;
        string[] values = [.. call.Arguments.Select(a => Value(a.Value))];
        string name = call.TargetMethod.Name;
        if (TypeText.IsFloating(type))
        {
            string? exact = name switch
            {
                "Abs" => "fabs",
                "Sqrt" => "sqrt",
                "Floor" => "floor",
                "Ceiling" => "ceil",
                "Truncate" => "trunc",
                "Round" when values.Length == 1 => "rint",
                _ => null,
            };
            unit.Features.Doubles |= isDouble;
            return exact is not null ? Dialect.Exact(exact, isDouble, Bare(values[0]))
                : name is "Min" or "Max" ? $"{unit.Support($"lgk_{name.ToLowerInvariant()}_{(isDouble ? "double" : "float")}")}({Bare(values[0])}, {Bare(values[1])})"
                : Outside(Rules.Math, call, call.TargetMethod.ContainingType.Name + "." + name);
        }

        // An operand stands twice in the text, so it must not do anything; EvaluationOrder sees to that.
        return name switch
        {
            "Min" when TypeText.IsInteger(type) => $"({values[0]} < {values[1]} ? {values[0]} : {values[1]})",
            "Max" when TypeText.IsInteger(type) => $"({values[0]} > {values[1]} ? {values[0]} : {values[1]})",
            "Abs" when TypeText.WrapsIn(type) is { } wrap => $"({values[0]} < 0 ? ({unit.NameOf(type, call.Syntax)})(0 - ({wrap}){values[0]}) : {values[0]})",
            _ when type.SpecialType == SpecialType.System_Decimal => Outside(Rules.Decimal, call),
            _ => Outside(Rules.Math, call, call.TargetMethod.ContainingType.Name + "." + name),
        };
    }

    private string Bits(IInvocationOperation call) => call.TargetMethod.Name is
        "SingleToInt32Bits" or "SingleToUInt32Bits" or "Int32BitsToSingle" or "UInt32BitsToSingle"
        or "DoubleToInt64Bits" or "DoubleToUInt64Bits" or "Int64BitsToDouble" or "UInt64BitsToDouble"
        ? Bits(unit.NameOf(call.TargetMethod.ReturnType, call.Syntax), call.Arguments[0].Value)
        : Outside(Rules.NoSource, call, call.TargetMethod.ToDisplayString());
}
