using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    /// <summary>An expression whose result nobody takes.</summary>
    private string Effect(IOperation operation)
    {
        EvaluationOrder.Check(operation, unit);
        return operation switch
        {
            IIncrementOrDecrementOperation step => Bare(StepValue(step, wantsOld: false)),
            ISimpleAssignmentOperation { Target: IDiscardOperation } discard => Bare(Value(discard.Value)),
            _ => Bare(Value(operation)),
        };
    }

    /// <summary>An expression as C text that can stand as an operand of any operator.</summary>
    private string Value(IOperation operation)
    {
        if (operation.ConstantValue is { HasValue: true, Value: { } constant } && operation.Type is { } constantType)
        {
            return constant is string or decimal
                ? Outside(constant is string ? Rules.Text : Rules.Decimal, operation)
                : TypedLiteral(constant, constantType, operation);
        }

        if (operation.Type is { } settledType && TypeText.IsPrimitive(settledType) && Constant(operation) is { } settled)
        {
            return TypedLiteral(settled, settledType, operation);
        }

        switch (operation)
        {
            case ILocalReferenceOperation local:
                return Variable(local.Local, local);
            case IParameterReferenceOperation parameter:
                return Variable(parameter.Parameter, parameter);
            case IParenthesizedOperation parenthesized:
                return Value(parenthesized.Operand);
            case IConversionOperation conversion:
                return Conversion(conversion);
            case IBinaryOperation binary:
                return Binary(binary);
            case IUnaryOperation unary:
                return Unary(unary);
            case IConditionalOperation { WhenFalse: { } otherwise } choice when Constant(choice.Condition) is bool taken && !TypeText.IsView(choice.Type):
                return Value(taken ? choice.WhenTrue : otherwise);
            case IConditionalOperation { WhenFalse: { } otherwise } choice when !choice.IsRef && !TypeText.IsView(choice.Type):
                return $"({Value(choice.Condition)} ? {Value(choice.WhenTrue)} : {Value(otherwise)})";
            case ISimpleAssignmentOperation assignment:
                return Assignment(assignment);
            case ICompoundAssignmentOperation compound:
                return Compound(compound);
            case IIncrementOrDecrementOperation step:
                return StepValue(step, step.IsPostfix);
            case IFieldReferenceOperation field:
                return Field(field);
            case IPropertyReferenceOperation property:
                return Property(property);
            case IInvocationOperation call:
                return Call(call);
            case IObjectCreationOperation creation:
                return Creation(creation);
            case IDefaultValueOperation { Type: { } type }:
                return Zero(type, operation.Syntax);
            case ISizeOfOperation size:
                return $"(int)sizeof({unit.StoredNameOf(size.TypeOperand, size.Syntax)})";
            case IInstanceReferenceOperation when method.MethodKind == MethodKind.Constructor:
                return "self";
            case IThrowOperation:
                return Outside(Rules.Exception, operation);
            case IAnonymousFunctionOperation or IDelegateCreationOperation or IMethodReferenceOperation:
                return Outside(Rules.Delegate, operation);
            case IArrayCreationOperation { Syntax: Microsoft.CodeAnalysis.CSharp.Syntax.StackAllocArrayCreationExpressionSyntax }:
                return Outside(Rules.Pointer, operation);
            case IArrayCreationOperation or IAnonymousObjectCreationOperation or IArrayElementReferenceOperation:
                return Outside(Rules.ReferenceType, operation, operation.Type?.ToDisplayString() ?? "array");
            case IInterpolatedStringOperation:
                return Outside(Rules.Text, operation);
            case IAwaitOperation:
                return Outside(Rules.Async, operation);
            case IAddressOfOperation:
                return Outside(Rules.Pointer, operation);
            case IInvalidOperation:
                return "0";
            default:
                return operation.Type?.TypeKind == TypeKind.Pointer || IsStackAllocation(operation) ? Outside(Rules.Pointer, operation) : Unknown(operation);
        }
    }

    private static bool IsStackAllocation(IOperation operation) => operation.Syntax.ToString().StartsWith("stackalloc", StringComparison.Ordinal);

    private string TypedLiteral(object constant, ITypeSymbol type, IOperation where)
    {
        if (!TypeText.IsPrimitive(type))
        {
            return Outside(Rules.ReferenceType, where, type.ToDisplayString());
        }

        unit.Features.Doubles |= type.SpecialType == SpecialType.System_Double;
        return Literals.Of(constant, type, Dialect);
    }

    private string Variable(ISymbol symbol, IOperation where)
    {
        if (views.ContainsKey(symbol))
        {
            return Outside(Rules.AddressSpace, where);
        }

        // An index as a whole is never written, and read as a number only along its one axis.
        if (indices.TryGetValue(symbol, out string? index))
        {
            return where.Type!.Name == "Index1D" && where.Parent is not IAssignmentOperation and not IIncrementOrDecrementOperation ? index + "_X" : Unknown(where);
        }

        string name = Names.Variable(symbol.Name);
        return references.ContainsKey(symbol) ? $"(*{name})" : name;
    }

    private string Assignment(ISimpleAssignmentOperation assignment)
    {
        if (TypeText.IsView(assignment.Type) || assignment.IsRef)
        {
            return Outside(Rules.AddressSpace, assignment);
        }

        return $"({Value(assignment.Target)} = {Bare(Value(assignment.Value))})";
    }

    // x op= y is x = (T)(x op y), the operation in the type that C# promotes to.
    private string Compound(ICompoundAssignmentOperation compound)
    {
        if (compound.IsChecked)
        {
            return Outside(Rules.Checked, compound);
        }

        if (compound.OperatorMethod is not null || compound.Target.Type is not { } target || compound.Value.Type is not { } valueType)
        {
            return Unknown(compound);
        }

        bool shifts = compound.OperatorKind is BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift;
        ITypeSymbol inner = !shifts ? valueType : TypeText.IsSmall(target) ? Int(compound) : target;
        string place = Value(compound.Target);
        string left = Converted(place, target, inner, compound);
        string result = Operate(compound.OperatorKind, left, Value(compound.Value), inner, compound);
        return $"({place} = {Bare(Converted(result, inner, target, compound))})";
    }

    private string StepValue(IIncrementOrDecrementOperation step, bool wantsOld)
    {
        if (step.IsChecked)
        {
            return Outside(Rules.Checked, step);
        }

        if (step.OperatorMethod is not null || step.Target.Type is not { } type)
        {
            return Unknown(step);
        }

        if (wantsOld && TypeText.IsFloating(type))
        {
            return Outside(Rules.Order, step);
        }

        ITypeSymbol inner = TypeText.IsSmall(type) ? Int(step) : type;
        string place = Value(step.Target);
        string one = TypeText.IsFloating(type) ? "1.0f" : "1";
        bool up = step.Kind == OperationKind.Increment;
        string Moved(string from, bool plus) => Converted(
            Operate(plus ? BinaryOperatorKind.Add : BinaryOperatorKind.Subtract, from, one, inner, step), inner, type, step);
        string changed = $"({place} = {Bare(Moved(place, up))})";
        return wantsOld ? Moved(changed, !up) : changed;
    }

    private string Binary(IBinaryOperation binary)
    {
        if (binary.IsChecked)
        {
            return Outside(Rules.Checked, binary);
        }

        if (binary.OperatorMethod is { } own)
        {
            return own.ContainingType.SpecialType == SpecialType.System_Decimal ? Outside(Rules.Decimal, binary)
                : own.ContainingType.SpecialType == SpecialType.System_String ? Outside(Rules.Text, binary)
                : Function(own, [binary.LeftOperand, binary.RightOperand], binary);
        }

        if (binary.IsLifted || binary.LeftOperand.Type is not { } type || !(TypeText.IsPrimitive(type) || type.TypeKind == TypeKind.Pointer))
        {
            return binary.Type?.SpecialType == SpecialType.System_String ? Outside(Rules.Text, binary)
                : binary.Type?.SpecialType == SpecialType.System_Decimal ? Outside(Rules.Decimal, binary)
                : Unknown(binary);
        }

        return type.TypeKind == TypeKind.Pointer
            ? Outside(Rules.Pointer, binary)
            : Operate(binary.OperatorKind, Value(binary.LeftOperand), Value(binary.RightOperand), type, binary);
    }

    private string Operate(BinaryOperatorKind kind, string left, string right, ITypeSymbol type, IOperation where)
    {
        if (kind == BinaryOperatorKind.Remainder && TypeText.IsFloating(type))
        {
            return Outside(Rules.FloatRemainder, where);
        }

        string? wrap = TypeText.WrapsIn(type);
        string own = unit.NameOf(type, where.Syntax);
        string mask = TypeText.Underlying(type).SpecialType is SpecialType.System_Int64 or SpecialType.System_UInt64 ? "63" : "31";
        bool isBool = type.SpecialType == SpecialType.System_Boolean;
        string? sign = kind switch
        {
            BinaryOperatorKind.Add => "+",
            BinaryOperatorKind.Subtract => "-",
            BinaryOperatorKind.Multiply => "*",
            BinaryOperatorKind.Divide => "/",
            BinaryOperatorKind.Remainder => "%",
            BinaryOperatorKind.And => "&",
            BinaryOperatorKind.Or => "|",
            BinaryOperatorKind.ExclusiveOr => "^",
            BinaryOperatorKind.ConditionalAnd => "&&",
            BinaryOperatorKind.ConditionalOr => "||",
            BinaryOperatorKind.Equals => "==",
            BinaryOperatorKind.NotEquals => "!=",
            BinaryOperatorKind.LessThan => "<",
            BinaryOperatorKind.LessThanOrEqual => "<=",
            BinaryOperatorKind.GreaterThan => ">",
            BinaryOperatorKind.GreaterThanOrEqual => ">=",
            _ => null,
        };
        return kind switch
        {
            BinaryOperatorKind.Add or BinaryOperatorKind.Subtract or BinaryOperatorKind.Multiply when wrap is not null =>
                $"({own})(({wrap}){left} {sign} ({wrap}){right})",
            BinaryOperatorKind.LeftShift when wrap is not null => $"({own})(({wrap}){left} << ({right} & {mask}))",
            BinaryOperatorKind.UnsignedRightShift when wrap is not null => $"({own})(({wrap}){left} >> ({right} & {mask}))",
            BinaryOperatorKind.LeftShift => $"({left} << ({right} & {mask}))",
            BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift => $"({left} >> ({right} & {mask}))",
            BinaryOperatorKind.And or BinaryOperatorKind.Or or BinaryOperatorKind.ExclusiveOr when isBool => $"(bool)({left} {sign} {right})",
            _ when sign is not null => $"({left} {sign} {right})",
            _ => Unknown(where),
        };
    }

    private string Unary(IUnaryOperation unary)
    {
        if (unary.IsChecked)
        {
            return Outside(Rules.Checked, unary);
        }

        if (unary.OperatorMethod is { } own)
        {
            return Function(own, [unary.Operand], unary);
        }

        string operand = Value(unary.Operand);
        string? wrap = TypeText.WrapsIn(unary.Type!);
        return unary.OperatorKind switch
        {
            UnaryOperatorKind.Plus => operand,
            UnaryOperatorKind.Minus when wrap is not null => $"({unit.NameOf(unary.Type!, unary.Syntax)})(0 - ({wrap}){operand})",
            UnaryOperatorKind.Minus => $"(-({operand}))",
            UnaryOperatorKind.BitwiseNegation => $"(~({operand}))",
            UnaryOperatorKind.Not => $"(!({operand}))",
            _ => Unknown(unary),
        };
    }

    private string Conversion(IConversionOperation conversion)
    {
        ITypeSymbol? from = conversion.Operand.Type;
        ITypeSymbol to = conversion.Type!;
        if (conversion.IsChecked)
        {
            return Outside(Rules.Checked, conversion);
        }

        if (from is null)
        {
            return conversion.Operand is IAnonymousFunctionOperation ? Outside(Rules.Delegate, conversion) : Outside(Rules.ReferenceType, conversion, to.ToDisplayString());
        }

        if (SymbolEqualityComparer.Default.Equals(from, to))
        {
            return Value(conversion.Operand);
        }

        if (from.SpecialType == SpecialType.System_Decimal || to.SpecialType == SpecialType.System_Decimal)
        {
            return Outside(Rules.Decimal, conversion);
        }

        if (from.IsValueType && to.IsReferenceType)
        {
            return Outside(Rules.Boxing, conversion, conversion.Operand.Syntax.ToString());
        }

        if (conversion.OperatorMethod is { } own)
        {
            if (TypeText.IsHalf(own.ContainingType))
            {
                return $"{unit.Support(TypeText.IsHalf(to) ? "lgk_float_to_half" : "lgk_half_to_float")}({Bare(Value(conversion.Operand))})";
            }

            return TypeText.IsIlgpu(own.ContainingType) && own.ContainingType.Name == "Index1D"
                ? Value(conversion.Operand)
                : Function(own, [conversion.Operand], conversion);
        }

        return TypeText.IsPrimitive(from) && TypeText.IsPrimitive(to)
            ? Converted(Value(conversion.Operand), from, to, conversion)
            : to.TypeKind == TypeKind.Pointer || IsStackAllocation(conversion.Operand) ? Outside(Rules.Pointer, conversion) : Unknown(conversion);
    }

    private string Converted(string text, ITypeSymbol from, ITypeSymbol to, IOperation where)
    {
        if (SymbolEqualityComparer.Default.Equals(from, to))
        {
            return text;
        }

        string name = unit.NameOf(to, where.Syntax);
        if (!TypeText.IsFloating(from) || !TypeText.IsInteger(to))
        {
            return $"({name}){text}";
        }

        // .NET goes to the small types by way of int.
        string step = TypeText.IsSmall(to) ? "int" : name;
        string whole = $"{unit.Support($"lgk_{unit.NameOf(from, where.Syntax)}_to_{step}")}({Bare(text)})";
        return step == name ? whole : $"({name}){whole}";
    }

    private ITypeSymbol Int(IOperation where) => where.SemanticModel!.Compilation.GetSpecialType(SpecialType.System_Int32);

    /// <summary>Without the outermost parentheses, where nothing stands beside the expression.</summary>
    private static string Bare(string text)
    {
        if (text.Length < 2 || text[0] != '(' || text[text.Length - 1] != ')')
        {
            return text;
        }

        int open = 0;
        for (int i = 0; i < text.Length - 1; i++)
        {
            open += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (open == 0)
            {
                return text;
            }
        }

        return text.Substring(1, text.Length - 2);
    }
}
