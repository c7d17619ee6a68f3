using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    /// <summary>Specialised parameters, and locals that never change after a constant was put into them.</summary>
    private readonly Dictionary<ISymbol, object> known = new(SymbolEqualityComparer.Default);

    /// <summary>An int or bool that is settled once the specialised values are, else null.</summary>
    private object? Constant(IOperation operation) => operation switch
    {
        { ConstantValue: { HasValue: true, Value: int or bool } settled } => settled.Value,
        IParenthesizedOperation inner => Constant(inner.Operand),
        IConversionOperation { OperatorMethod: { } own } conversion => TypeText.IsSpecialized(own.ContainingType) ? Constant(conversion.Operand) : null,
        IConversionOperation { Conversion.IsIdentity: true } same => Constant(same.Operand),
        ILocalReferenceOperation local => Known(local.Local),
        IParameterReferenceOperation parameter => Known(parameter.Parameter),
        IPropertyReferenceOperation { Property.Name: "Value", Instance: { } instance } when TypeText.IsSpecialized(instance.Type) => Constant(instance),
        IPropertyReferenceOperation { Property: { Name: "DimX" or "DimY" or "DimZ", ContainingType: { Name: "Group" } owner } size } when TypeText.IsIlgpu(owner) =>
            GroupSize(size.Name[3] - 'X'),
        IPropertyReferenceOperation { Property: { Name: "WarpSize", ContainingType: { Name: "Warp" } owner } } when TypeText.IsIlgpu(owner) => 32,
        IInvocationOperation { TargetMethod: { Name: "New", ContainingType: { Name: "SpecializedValue" } owner } } call when TypeText.IsIlgpu(owner) => Constant(call.Arguments[0].Value),
        IFieldReferenceOperation { Field: { IsStatic: true, IsReadOnly: true } field } when IsSettled(field) && unit.InitialiserOf(field) is { } value => Constant(value),
        IUnaryOperation { OperatorMethod: null, IsChecked: false } unary => (unary.OperatorKind, Constant(unary.Operand)) switch
        {
            (UnaryOperatorKind.Not, bool x) => !x,
            (UnaryOperatorKind.Minus, int x) => unchecked(-x),
            _ => null,
        },
        IBinaryOperation { OperatorMethod: null, IsChecked: false } binary => Folded(binary.OperatorKind, Constant(binary.LeftOperand), Constant(binary.RightOperand)),
        IConditionalOperation { WhenFalse: { } otherwise } choice when Constant(choice.Condition) is bool taken => Constant(taken ? choice.WhenTrue : otherwise),
        _ => null,
    };

    private static object? Folded(BinaryOperatorKind kind, object? left, object? right) => (left, right) switch
    {
        (int x, int y) => unchecked(kind switch
        {
            BinaryOperatorKind.Add => x + y,
            BinaryOperatorKind.Subtract => x - y,
            BinaryOperatorKind.Multiply => x * y,
            BinaryOperatorKind.Divide when y is not (0 or -1) => x / y,
            BinaryOperatorKind.Remainder when y is not (0 or -1) => x % y,
            BinaryOperatorKind.LeftShift => x << y,
            BinaryOperatorKind.RightShift => x >> y,
            BinaryOperatorKind.And => x & y,
            BinaryOperatorKind.Or => x | y,
            BinaryOperatorKind.ExclusiveOr => x ^ y,
            BinaryOperatorKind.Equals => x == y,
            BinaryOperatorKind.NotEquals => x != y,
            BinaryOperatorKind.LessThan => x < y,
            BinaryOperatorKind.LessThanOrEqual => x <= y,
            BinaryOperatorKind.GreaterThan => x > y,
            BinaryOperatorKind.GreaterThanOrEqual => (object)(x >= y),
            _ => null,
        }),
        (bool x, bool y) => kind switch
        {
            BinaryOperatorKind.And or BinaryOperatorKind.ConditionalAnd => x && y,
            BinaryOperatorKind.Or or BinaryOperatorKind.ConditionalOr => x || y,
            BinaryOperatorKind.ExclusiveOr or BinaryOperatorKind.NotEquals => x != y,
            BinaryOperatorKind.Equals => (object)(x == y),
            _ => null,
        },
        (false, null) when kind == BinaryOperatorKind.ConditionalAnd => false,
        (true, null) when kind == BinaryOperatorKind.ConditionalOr => true,
        _ => null,
    };

    private object? Known(ISymbol symbol) => known.TryGetValue(symbol, out object? value) ? value : null;

    private static bool IsSettled(IFieldSymbol field) => field.ContainingType.StaticConstructors.All(c => c.IsImplicitlyDeclared);

    private void Settle(ILocalSymbol local, IOperation initial)
    {
        if ((local.Type.SpecialType is SpecialType.System_Int32 or SpecialType.System_Boolean || TypeText.IsSpecialized(local.Type))
            && Constant(initial) is { } value && unit.BodyOf(method) is { } whole && !ConstantLoop.WrittenIn(whole, local))
        {
            known[local] = value;
        }
    }
}
