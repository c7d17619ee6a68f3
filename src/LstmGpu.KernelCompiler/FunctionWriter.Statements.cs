using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    private void Statement(IOperation operation)
    {
        switch (operation)
        {
            case IBlockOperation block:
                Line("{");
                Nested(() => All(block.Operations));
                Line("}");
                break;
            case IVariableDeclarationGroupOperation group:
                foreach (IVariableDeclaratorOperation variable in group.Declarations.SelectMany(d => d.Declarators))
                {
                    Declaration(variable);
                }
                break;
            case IExpressionStatementOperation statement:
                Line(Effect(statement.Operation) + ";");
                break;
            case IConditionalOperation condition:
                If(condition);
                break;
            case IForLoopOperation loop:
                For(loop);
                break;
            case IWhileLoopOperation loop:
                While(loop);
                break;
            case IForEachLoopOperation:
                Outside(Rules.ForEach, operation);
                break;
            case ISwitchOperation choice:
                Switch(choice);
                break;
            case IBranchOperation { BranchKind: BranchKind.GoTo }:
            case ILabeledOperation:
                Outside(Rules.Goto, operation);
                break;
            case IBranchOperation branch:
                Line(branch.BranchKind == BranchKind.Break ? "break;" : "continue;");
                break;
            case IReturnOperation { Kind: OperationKind.YieldReturn or OperationKind.YieldBreak }:
                Outside(Rules.Async, operation);
                break;
            case IReturnOperation { ReturnedValue: null }:
                Line(method.MethodKind == MethodKind.Constructor ? "return self;" : "return;");
                break;
            case IReturnOperation result when operation.Syntax is ArrowExpressionClauseSyntax && method.ReturnsVoid:
                Line(Effect(result.ReturnedValue!) + ";");
                break;
            case IReturnOperation result:
                EvaluationOrder.Check(result.ReturnedValue!, unit);
                Line($"return {Bare(Value(result.ReturnedValue!))};");
                break;
            case IThrowOperation or ITryOperation:
                Outside(Rules.Exception, operation);
                break;
            case ILocalFunctionOperation:
                Outside(Rules.Delegate, operation);
                break;
            case IEmptyOperation or IInvalidOperation:
                break;
            default:
                Unknown(operation);
                break;
        }
    }

    private void Nested(Action write)
    {
        depth++;
        write();
        depth--;
    }

    private void All(IEnumerable<IOperation> operations)
    {
        foreach (IOperation operation in operations)
        {
            Statement(operation);
        }
    }

    private void Branch(IOperation operation)
    {
        Line("{");
        Nested(() => All(operation is IBlockOperation block ? block.Operations : [operation]));
        Line("}");
    }

    private void Declaration(IVariableDeclaratorOperation variable)
    {
        ILocalSymbol local = variable.Symbol;
        if (local.IsConst)
        {
            return;
        }

        if (local.IsRef)
        {
            Outside(Rules.AddressSpace, variable);
            return;
        }

        IOperation? initial = variable.GetVariableInitializer()?.Value;
        if (initial is not null)
        {
            Settle(local, initial);
        }

        if (TypeText.IsSpecialized(local.Type) && known.ContainsKey(local))
        {
            return;
        }

        if (TypeText.IsView(local.Type))
        {
            ViewDeclaration(local, initial, variable);
            return;
        }

        if (TypeText.IsIndex(local.Type))
        {
            IndexDeclaration(local, initial, variable);
            return;
        }

        string declared = $"{unit.NameOf(local.Type, variable.Syntax)} {Names.Variable(local.Name)}";
        if (initial is null)
        {
            Line(declared + ";");
            return;
        }

        EvaluationOrder.Check(initial, unit);
        Line($"{declared} = {Bare(Value(initial))};");
    }

    private void If(IConditionalOperation condition)
    {
        if (Constant(condition.Condition) is bool taken)
        {
            if ((taken ? condition.WhenTrue : condition.WhenFalse) is { } only)
            {
                Branch(only);
            }
            return;
        }

        EvaluationOrder.Check(condition.Condition, unit);
        Line($"if ({Bare(Value(condition.Condition))})");
        Branch(condition.WhenTrue);
        if (condition.WhenFalse is { } otherwise)
        {
            Line("else");
            Branch(otherwise);
        }
    }

    private void For(IForLoopOperation loop)
    {
        Line("{");
        Nested(() =>
        {
            All(loop.Before);
            if (ConstantLoop.TripCount(loop, o => Constant(o) as int?) is > 0 and <= ConstantLoop.MostUnrolled)
            {
                Line("#pragma unroll");
            }

            string condition = "";
            if (loop.Condition is not null)
            {
                EvaluationOrder.Check(loop.Condition, unit);
                condition = Bare(Value(loop.Condition));
            }

            string step = string.Join(", ", loop.AtLoopBottom.Select(o => Step(o, loop)));
            Line($"for (; {condition}; {step})");
            Branch(loop.Body);
        });
        Line("}");
    }

    // ++ under "i < n" cannot overflow, and downstream compilers know a plain ++ best.
    private string Step(IOperation operation, IForLoopOperation loop)
    {
        IOperation step = operation is IExpressionStatementOperation statement ? statement.Operation : operation;
        return ConstantLoop.CountsBelow(loop, step, out ILocalSymbol? counter) ? Names.Variable(counter!.Name) + "++" : Effect(step);
    }

    private void While(IWhileLoopOperation loop)
    {
        if (loop.Condition is null)
        {
            Unknown(loop);
            return;
        }

        EvaluationOrder.Check(loop.Condition, unit);
        string condition = Bare(Value(loop.Condition));
        if (loop.ConditionIsTop)
        {
            Line($"while ({condition})");
            Branch(loop.Body);
            return;
        }

        Line("do");
        Branch(loop.Body);
        Line($"while ({condition});");
    }

    private void Switch(ISwitchOperation choice)
    {
        EvaluationOrder.Check(choice.Value, unit);
        Line($"switch ({Bare(Value(choice.Value))})");
        Line("{");
        Nested(() =>
        {
            foreach (ISwitchCaseOperation section in choice.Cases)
            {
                foreach (ICaseClauseOperation clause in section.Clauses)
                {
                    switch (clause)
                    {
                        case IDefaultCaseClauseOperation:
                            Line("default:");
                            break;
                        case ISingleValueCaseClauseOperation single:
                            Line($"case {Value(single.Value)}:");
                            break;
                        default:
                            Unknown(clause);
                            break;
                    }
                }

                Line("{");
                Nested(() => All(section.Body));
                Line("}");
            }
        });
        Line("}");
    }
}
