using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

/// <summary>What can be read off the head of a for loop.</summary>
internal static class ConstantLoop
{
    /// <summary>Above this many rounds an unrolled body costs more in the instruction cache than the branch does.</summary>
    public const int MostUnrolled = 64;

    /// <summary>Rounds of "for (int i = a; i &lt; b; i += c)" with constants, else 0.</summary>
    public static long TripCount(IForLoopOperation loop, Func<IOperation, int?> constant)
    {
        if (loop.Before.Length != 1 || loop.AtLoopBottom.Length != 1
            || loop.Before[0] is not IVariableDeclarationGroupOperation group
            || group.Declarations.SelectMany(d => d.Declarators).ToList() is not { Count: 1 } declarators
            || declarators.First() is not { } declarator
            || declarator.GetVariableInitializer()?.Value is not { } initial
            || constant(initial) is not { } first
            || loop.Condition is not IBinaryOperation { OperatorKind: BinaryOperatorKind.LessThan } condition
            || !Is(condition.LeftOperand, declarator.Symbol)
            || constant(condition.RightOperand) is not { } end)
        {
            return 0;
        }

        IOperation bottom = loop.AtLoopBottom[0] is IExpressionStatementOperation s ? s.Operation : loop.AtLoopBottom[0];
        long step = bottom switch
        {
            IIncrementOrDecrementOperation { Kind: OperationKind.Increment } up when Is(up.Target, declarator.Symbol) => 1,
            ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add } add when Is(add.Target, declarator.Symbol) && constant(add.Value) is { } by and > 0 => by,
            _ => 0,
        };
        return step == 0 ? 0 : Math.Max(0, (((long)end - first) + step - 1) / step);
    }

    /// <summary>Is this step "i++" of an int under a condition "i &lt; anything of int"?</summary>
    public static bool CountsBelow(IForLoopOperation loop, IOperation step, out ILocalSymbol? counter)
    {
        counter = null;
        if (step is IIncrementOrDecrementOperation { Kind: OperationKind.Increment, Target: ILocalReferenceOperation { Local: { } local } }
            && local.Type.SpecialType == SpecialType.System_Int32
            && loop.Condition is IBinaryOperation { OperatorKind: BinaryOperatorKind.LessThan } condition
            && Is(condition.LeftOperand, local)
            && !WrittenIn(loop.Body, local))
        {
            counter = local;
        }

        return counter is not null;
    }

    private static bool Is(IOperation operation, ILocalSymbol local) =>
        operation is ILocalReferenceOperation reference && SymbolEqualityComparer.Default.Equals(reference.Local, local);

    public static bool WrittenIn(IOperation body, ILocalSymbol local) => body.DescendantsAndSelf().Any(o => o switch
    {
        IAssignmentOperation assignment => Is(assignment.Target, local),
        IIncrementOrDecrementOperation step => Is(step.Target, local),
        IArgumentOperation { Parameter.RefKind: not RefKind.None } argument => Is(argument.Value, local),
        _ => false,
    });
}
